package io.qtasks;

import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.qtasks.v1.TaskEvent;
import io.qtasks.v1.TaskStatus;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The events of a task, each once and in order, to its end. For one thread, and one loop:
 *
 * <pre>{@code
 * try (TaskEvents events = client.run("count", 3)) {
 *   for (TaskEvent event : events) { ... }
 * }
 * }</pre>
 *
 * A reader that waits blocks; a slow one slows down the broker's stream, and nothing piles up. When
 * the stream breaks, another goes on after the last event that was seen, for as long as it takes
 * unless the {@code Context} has a deadline. Only a broker that was never there is not waited for.
 * Closing, from any thread, ends the loop and not the task.
 */
public final class TaskEvents implements Iterable<TaskEvent>, Iterator<TaskEvent>, AutoCloseable {
  /** Opens a stream of events after a number. */
  interface Source {
    Iterator<List<TaskEvent>> open(String taskId, long afterSeq);
  }

  private final QtasksClient client;
  private final Source source;
  private final Context.CancellableContext context = Context.current().withCancellation();
  private final CountDownLatch done = new CountDownLatch(1);
  private final Reconnection waits = new Reconnection();
  private String taskId;
  private long lastSeq;
  private Iterator<List<TaskEvent>> stream;
  private Iterator<TaskEvent> batch = Collections.emptyIterator();
  private TaskStatus end;
  private volatile boolean closed;

  TaskEvents(QtasksClient client, String taskId, long afterSeq, Source source) {
    this.client = client;
    this.taskId = taskId;
    this.lastSeq = afterSeq;
    this.source = source;
    context.addListener(ended -> done.countDown(), Runnable::run);
    try {
      open();
    } catch (StatusRuntimeException error) {
      stream = null; // so that the loop finds out
    }
  }

  /** The task; waits until it is stored. */
  public Task task() {
    if (lastSeq == 0) {
      hasNext();
    }
    return client.task(taskId);
  }

  /** How the task ended; reads on to the end first. */
  public TaskStatus end() {
    while (hasNext()) {
      next();
    }
    if (end == null) {
      throw new IllegalStateException("closed before the task ended");
    }
    return end;
  }

  @Override
  public Iterator<TaskEvent> iterator() {
    return this;
  }

  @Override
  public boolean hasNext() {
    while (!batch.hasNext()) {
      if (end != null || closed) {
        return false;
      }
      fetch();
    }
    return true;
  }

  @Override
  public TaskEvent next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    TaskEvent event = batch.next();
    lastSeq = event.getSeq();
    if (event.hasFinished()) {
      end = event.getFinished().getStatus();
      close();
    }
    return event;
  }

  @Override
  public void close() {
    closed = true;
    context.cancel(null);
  }

  private void open() {
    context.run(() -> stream = source.open(taskId, lastSeq));
  }

  private void fetch() {
    try {
      if (stream == null) {
        open();
      }
      if (!stream.hasNext()) {
        throw new StatusRuntimeException(
            io.grpc.Status.UNAVAILABLE.withDescription("the broker ended the stream"));
      }
      List<TaskEvent> events =
          stream.next().stream().filter(event -> event.getSeq() > lastSeq).toList();
      waits.succeeded();
      if (!events.isEmpty()) {
        taskId = events.get(0).getTaskId(); // an idempotency key may name another task
        batch = events.iterator();
      }
    } catch (StatusRuntimeException error) {
      stream = null;
      if (!closed) {
        awaitBroker(error);
      }
    }
  }

  /** Waits before the next stream, unless this was the end. */
  private void awaitBroker(StatusRuntimeException broken) {
    if (context.isCancelled()) {
      throw Errors.cancelled(context.cancellationCause());
    }
    if (Thread.currentThread().isInterrupted()) {
      close();
      throw Errors.cancelled(broken);
    }
    QtasksException error = Errors.of(broken);
    if (!error.isTemporary() || !client.mayReach()) {
      close();
      throw error;
    }
    try {
      done.await(waits.delay().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      close();
      Thread.currentThread().interrupt();
      throw Errors.cancelled(interrupted);
    }
  }
}
