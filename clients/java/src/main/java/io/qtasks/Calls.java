package io.qtasks;

import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;

/** The one way each unary call is made and waited for. */
final class Calls {
  private Calls() {}

  /**
   * Makes a call. It ends with the current {@code Context}, or when the future is cancelled. What
   * the future fails with is gRPC's own exception.
   */
  static <Q, R> CompletableFuture<R> start(BiConsumer<Q, StreamObserver<R>> method, Q request) {
    CompletableFuture<R> answer = new CompletableFuture<>();
    Context.CancellableContext context = Context.current().withCancellation();
    answer.whenComplete((response, error) -> context.cancel(null));
    try {
      context.run(() -> method.accept(request, new Answer<>(answer)));
    } catch (RuntimeException closed) {
      answer.completeExceptionally(closed); // or whoever shares the call would wait for ever
    }
    return answer;
  }

  /** Waits for a future, as long as the current {@code Context} and the thread allow. */
  static <R> R await(CompletableFuture<R> future) {
    Context context = Context.current();
    Context.CancellationListener listener = ended -> future.cancel(false);
    context.addListener(listener, Runnable::run);
    try {
      return future.get();
    } catch (InterruptedException error) {
      future.cancel(false);
      Thread.currentThread().interrupt();
      throw Errors.cancelled(error);
    } catch (ExecutionException | CancellationException error) {
      if (context.isCancelled()) {
        throw Errors.cancelled(context.cancellationCause());
      }
      throw Errors.of(error.getCause() == null ? error : error.getCause());
    } finally {
      context.removeListener(listener);
    }
  }

  private record Answer<R>(CompletableFuture<R> future) implements StreamObserver<R> {
    @Override
    public void onNext(R response) {
      future.complete(response);
    }

    @Override
    public void onError(Throwable error) {
      future.completeExceptionally(error);
    }

    @Override
    public void onCompleted() {
      // Nothing to do: a unary call has answered before it completes.
    }
  }
}
