package io.qtasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Context;
import io.grpc.Status;
import io.qtasks.v1.Payload;
import io.qtasks.v1.Receipt;
import io.qtasks.v1.SubmitRequest;
import io.qtasks.v1.SubmitResponse;
import io.qtasks.v1.TaskSubmit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How submits share requests; the test answers them. */
class SubmitterTest {
  private record Sent(SubmitRequest request, CompletableFuture<SubmitResponse> answer) {
    void store() {
      SubmitResponse.Builder response = SubmitResponse.newBuilder();
      for (TaskSubmit task : request.getTasksList()) {
        response.addReceipts(Receipt.newBuilder().setId(task.getId()));
      }
      answer.complete(response.build());
    }

    List<String> ids() {
      return request.getTasksList().stream().map(TaskSubmit::getId).toList();
    }
  }

  private final List<Sent> sent = new ArrayList<>();
  private final Submitter submitter =
      new Submitter(
          request -> {
            assertEquals(Context.ROOT, Context.current());
            sent.add(new Sent(request, new CompletableFuture<>()));
            return sent.get(sent.size() - 1).answer();
          });

  @Test
  void aTaskGoesAtOnceAndTheOthersTogether() {
    CompletableFuture<Receipt> first = submit("first", 0);
    CompletableFuture<Receipt> second = submit("second", 0);
    CompletableFuture<Receipt> third = submit("third", 0);
    assertEquals(1, sent.size());
    assertEquals(List.of("first"), sent.get(0).ids());

    sent.get(0).store();
    assertEquals("first", first.join().getId());
    assertFalse(second.isDone());
    assertEquals(List.of("second", "third"), sent.get(1).ids());

    sent.get(1).store();
    assertEquals("second", second.join().getId());
    assertEquals("third", third.join().getId());
    assertEquals(2, sent.size());
  }

  @Test
  void aRequestHasABoundInNumber() {
    for (int number = 0; number < Submitter.MAX_TASKS + 2; number++) {
      submit("one", 0);
    }
    sent.get(0).store();
    assertEquals(Submitter.MAX_TASKS, sent.get(1).ids().size());
    sent.get(1).store();
    assertEquals(1, sent.get(2).ids().size());
  }

  @Test
  void aRequestHasABoundInBytes() {
    for (int number = 0; number < 4; number++) {
      submit("large", Submitter.MAX_BYTES / 2 - 1000);
    }
    submit("huge", Submitter.MAX_BYTES + 1);
    submit("small", 0);
    int answered = 0;
    while (answered < sent.size()) {
      sent.get(answered++).store();
    }
    assertEquals(
        List.of(
            List.of("large"),
            List.of("large", "large"),
            List.of("large"),
            List.of("huge"),
            List.of("small")),
        sent.stream().map(Sent::ids).toList());
  }

  @Test
  void whoeverComesWhileTooMuchWaitsBlocks() {
    submit("first", 0);
    submit("second", Submitter.MAX_WAITING_BYTES);
    Thread.currentThread().interrupt(); // so that blocking ends at once
    assertEquals(
        "CANCELLED", assertThrows(QtasksException.class, () -> submit("third", 0)).reason());

    sent.get(0).store();
    assertTrue(Thread.currentThread().isInterrupted());
    submit("third", 0); // does not block
    assertTrue(Thread.interrupted());
    sent.get(1).store();
    assertEquals(List.of("third"), sent.get(2).ids());
  }

  @Test
  @Timeout(30)
  void whoeverBlocksIsEndedByItsContext() throws Exception {
    submit("first", 0);
    submit("second", Submitter.MAX_WAITING_BYTES);
    Context.CancellableContext context = Context.current().withCancellation();
    CompletableFuture<String> reason = new CompletableFuture<>();
    Runnable blocking =
        () -> {
          QtasksException error = assertThrows(QtasksException.class, () -> submit("third", 0));
          reason.complete(error.reason());
        };
    Thread caller = new Thread(context.wrap(blocking));
    caller.start();
    while (caller.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    context.cancel(null);
    assertEquals("CANCELLED", reason.get());
  }

  @Test
  void anErrorReachesAllOfTheRequestAndNobodyElse() {
    submit("first", 0);
    List<CompletableFuture<Receipt>> lost = List.of(submit("a", 0), submit("b", 0));
    sent.get(0).store();
    CompletableFuture<Receipt> next = submit("next", 0);
    sent.get(1).answer().completeExceptionally(Status.UNAVAILABLE.asRuntimeException());
    for (CompletableFuture<Receipt> one : lost) {
      assertThrows(CompletionException.class, one::join);
    }
    sent.get(2).store();
    assertEquals("next", next.join().getId());
  }

  @Test
  void aMissingReceiptIsAnError() {
    CompletableFuture<Receipt> first = submit("first", 0);
    sent.get(0).answer().complete(SubmitResponse.getDefaultInstance());
    Throwable cause = assertThrows(CompletionException.class, first::join).getCause();
    assertEquals("PROTOCOL_VIOLATION", Errors.of(cause).reason());
  }

  private CompletableFuture<Receipt> submit(String id, int bytes) {
    Payload args = Payload.newBuilder().setJson("x".repeat(bytes)).build();
    return submitter.submit(TaskSubmit.newBuilder().setId(id).setArgs(args).build());
  }
}
