package io.qtasks;

import io.grpc.Context;
import io.qtasks.v1.GetRequest;
import io.qtasks.v1.GetResponse;
import io.qtasks.v1.TaskServiceGrpc.TaskServiceStub;
import io.qtasks.v1.TaskStatus;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Waits for the end of one task without a thread: each call waits at the broker, and when a broker
 * is gone the next call finds another, or the same again.
 */
final class EndWait {
  /** A call waits no longer than this: proxies cut streams that are silent for a minute. */
  private static final Duration ONE_CALL = Duration.ofSeconds(30);

  /** How much later than its wait an answer may come. */
  private static final Duration ON_ITS_WAY = Duration.ofSeconds(5);

  private final TaskServiceStub tasks;
  private final BooleanSupplier mayReach;
  private final String id;
  private final Duration timeout;
  private final long began = System.nanoTime();
  private final Context context = Context.current();
  private final Reconnection waits = new Reconnection();
  private final CompletableFuture<TaskStatus> ended = new CompletableFuture<>();
  private volatile CompletableFuture<GetResponse> call;

  private EndWait(TaskServiceStub tasks, BooleanSupplier mayReach, String id, Duration timeout) {
    this.tasks = tasks;
    this.mayReach = mayReach;
    this.id = id;
    this.timeout = timeout;
  }

  /**
   * How the task ended; {@code timeout} may be null. Cancelling the future ends the wait.
   *
   * @param mayReach whether to wait for a broker that is away
   */
  static CompletableFuture<TaskStatus> start(
      TaskServiceStub tasks, BooleanSupplier mayReach, String id, Duration timeout) {
    EndWait wait = new EndWait(tasks, mayReach, id, timeout);
    wait.ask();
    wait.ended.whenComplete((status, error) -> wait.call.cancel(false));
    return wait.ended;
  }

  private void ask() {
    Duration wait = atMost(ONE_CALL);
    GetRequest request = GetRequest.newBuilder().setId(id).setWait(Times.duration(wait)).build();
    TaskServiceStub limited =
        tasks.withDeadlineAfter(wait.plus(ON_ITS_WAY).toMillis(), TimeUnit.MILLISECONDS);
    context.run(() -> call = Calls.start(limited::get, request));
    call.whenComplete(this::heard);
    if (ended.isDone()) {
      call.cancel(false);
    }
  }

  private void heard(GetResponse response, Throwable error) {
    if (ended.isDone()) {
      return;
    }
    if (context.isCancelled()) {
      ended.completeExceptionally(Errors.cancelled(context.cancellationCause()));
    } else if (error == null && Outcome.isEnded(response.getStatus().getState())) {
      ended.complete(response.getStatus());
    } else if (error != null && !isPassing(Errors.of(error))) {
      ended.completeExceptionally(error);
    } else if (atMost(ONE_CALL).isZero()) {
      ended.completeExceptionally(new ResultTimeoutException(id));
    } else if (error == null) {
      waits.succeeded();
      ask();
    } else {
      long millis = atMost(waits.delay()).toMillis();
      CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS).execute(this::ask);
    }
  }

  /** Whether to ask again: a broker that hangs is left for another like one that is gone. */
  private boolean isPassing(QtasksException error) {
    boolean hangs = error.reason().equals("DEADLINE_EXCEEDED");
    return (error.isTemporary() || hangs) && mayReach.getAsBoolean();
  }

  /** This long, or what is left of the timeout. */
  private Duration atMost(Duration wait) {
    if (timeout == null) {
      return wait;
    }
    Duration left = timeout.minusNanos(System.nanoTime() - began);
    if (left.isNegative()) {
      return Duration.ZERO;
    }
    return left.compareTo(wait) < 0 ? left : wait;
  }
}
