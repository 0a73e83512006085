package io.qtasks;

import io.grpc.Context;
import io.qtasks.v1.Receipt;
import io.qtasks.v1.SubmitRequest;
import io.qtasks.v1.SubmitResponse;
import io.qtasks.v1.TaskSubmit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What waits to be submitted goes together: idle, a task goes alone and at once; loaded, the
 * requests grow while the one before is under way. One request at a time, so tasks are stored in
 * the order they came.
 */
final class Submitter {
  static final int MAX_TASKS = 500;
  static final int MAX_BYTES = 2 * 1024 * 1024;

  /** Callers block while more than this waits. */
  static final int MAX_WAITING_BYTES = 16 * 1024 * 1024;

  private static final int BYTES_BESIDES = 256;

  private record Waiting(TaskSubmit task, int bytes, CompletableFuture<Receipt> receipt) {}

  private final Function<SubmitRequest, CompletableFuture<SubmitResponse>> send;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private boolean sending;

  Submitter(Function<SubmitRequest, CompletableFuture<SubmitResponse>> send) {
    this.send = send;
  }

  /** Stores a task, with whatever else is waiting. One that is cancelled may still be sent. */
  CompletableFuture<Receipt> submit(TaskSubmit task) {
    Waiting added =
        new Waiting(task, task.getSerializedSize() + BYTES_BESIDES, new CompletableFuture<>());
    synchronized (this) {
      while (waitingBytes > MAX_WAITING_BYTES) {
        awaitRoom();
      }
      waiting.add(added);
      waitingBytes += added.bytes();
      if (sending) {
        return added.receipt();
      }
      sending = true;
    }
    sendNext();
    return added.receipt();
  }

  /** Waits for a request to end, as long as the current {@code Context} and the thread allow. */
  private void awaitRoom() {
    Context context = Context.current();
    Context.CancellationListener listener = ended -> wakeAll();
    context.addListener(listener, Runnable::run);
    try {
      if (!context.isCancelled()) {
        wait();
      }
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw Errors.cancelled(error);
    } finally {
      context.removeListener(listener);
    }
    if (context.isCancelled()) {
      throw Errors.cancelled(context.cancellationCause());
    }
  }

  private synchronized void wakeAll() {
    notifyAll();
  }

  private void sendNext() {
    List<Waiting> batch = take();
    if (batch.isEmpty()) {
      return;
    }
    SubmitRequest.Builder request = SubmitRequest.newBuilder();
    batch.forEach(one -> request.addTasks(one.task()));
    // Not in the context of one caller, whose end would be the end of all.
    Context before = Context.ROOT.attach();
    try {
      send.apply(request.build())
          .whenComplete(
              (response, error) -> {
                sendNext();
                answer(batch, response, error);
              });
    } finally {
      Context.ROOT.detach(before);
    }
  }

  private synchronized List<Waiting> take() {
    List<Waiting> batch = new ArrayList<>();
    long bytes = 0;
    while (!waiting.isEmpty()
        && batch.size() < MAX_TASKS
        && (batch.isEmpty() || bytes + waiting.peek().bytes() <= MAX_BYTES)) {
      Waiting one = waiting.remove();
      bytes += one.bytes();
      batch.add(one);
    }
    waitingBytes -= bytes;
    sending = !batch.isEmpty();
    notifyAll();
    return batch;
  }

  private static void answer(List<Waiting> batch, SubmitResponse response, Throwable error) {
    Throwable failure = error;
    if (failure == null && response.getReceiptsCount() != batch.size()) {
      failure =
          Errors.refused(
              "PROTOCOL_VIOLATION", "the broker sent no receipt for each task", "", null);
    }
    for (int place = 0; place < batch.size(); place++) {
      CompletableFuture<Receipt> receipt = batch.get(place).receipt();
      if (failure == null) {
        receipt.complete(response.getReceipts(place));
      } else {
        receipt.completeExceptionally(failure);
      }
    }
  }
}
