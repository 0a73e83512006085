package io.qtasks;

import com.fasterxml.jackson.core.type.TypeReference;
import io.qtasks.v1.ExplainResponse;
import io.qtasks.v1.TaskState;
import io.qtasks.v1.TaskStatus;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A task at a broker: it can be waited for, watched, answered and cancelled. */
public final class Task {
  private final QtasksClient client;
  private final String id;
  private final boolean existing;

  Task(QtasksClient client, String id, boolean existing) {
    this.client = client;
    this.id = id;
    this.existing = existing;
  }

  /** Its id. */
  public String id() {
    return id;
  }

  /** Whether the submit found it there: its id or idempotency key was known. */
  public boolean isExisting() {
    return existing;
  }

  /** How it stands. */
  public TaskStatus status() {
    return client.status(id);
  }

  /** Why it does not run, or what it does. */
  public ExplainResponse explain() {
    return client.explain(id);
  }

  /**
   * Waits for what it returns.
   *
   * @throws TaskFailedException it ended with an error
   * @throws TaskCancelledException it was cancelled
   * @throws ResultTimeoutException it did not end in time
   */
  public <T> T result(Class<T> type, Duration timeout) {
    return client.result(id, type, timeout);
  }

  /** The same for types with parameters: {@code new TypeReference<List<Integer>>() {}}. */
  public <T> T result(TypeReference<T> type, Duration timeout) {
    return client.result(id, type.getType(), timeout);
  }

  /**
   * What it returns, for programs that wait for many. No thread waits. Cancelling the future ends
   * the wait, not the task; {@code orTimeout} does too.
   */
  public <T> CompletableFuture<T> resultAsync(Class<T> type) {
    return resultAsync((Type) type);
  }

  /** The same for types with parameters. */
  public <T> CompletableFuture<T> resultAsync(TypeReference<T> type) {
    return resultAsync(type.getType());
  }

  private <T> CompletableFuture<T> resultAsync(Type type) {
    return client.resultAsync(id, type);
  }

  /** All that happened to it and happens, to its end. */
  public TaskEvents watch() {
    return watch(0);
  }

  /** What happened after the event of this number, and what happens, to its end. */
  public TaskEvents watch(long afterSeq) {
    return client.watch(id, afterSeq);
  }

  /** Ends it. A running task is told to stop: its state is still {@code PROCESS} then. */
  public TaskState cancel(String why) {
    return client.cancel(id, why);
  }

  /** Answers what it asked in an {@code asked} event; gives the number of the answer's event. */
  public long reply(String askId, Object value) {
    return client.reply(id, askId, value);
  }
}
