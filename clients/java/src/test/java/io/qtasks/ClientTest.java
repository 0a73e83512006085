package io.qtasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.qtasks.v1.Payload;
import io.qtasks.v1.Reason;
import io.qtasks.v1.TaskEvent;
import io.qtasks.v1.TaskFilter;
import io.qtasks.v1.TaskState;
import io.qtasks.v1.TaskStatus;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the client does, against a real broker and a Python worker. */
@Timeout(60)
class ClientTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir static Path folder;
  private static Broker broker;
  private static QtasksClient client;

  @BeforeAll
  static void start() throws Exception {
    broker = Broker.start(folder);
    broker.startWorker("worker");
    client = QtasksClient.connect(broker.url());
  }

  @AfterAll
  static void stop() throws Exception {
    if (broker != null) {
      client.close();
      broker.close();
    }
  }

  record Point(int x, BigInteger y) {}

  // -- submitting -------------------------------------------------------------------------

  @Test
  void valuesComeBackAsTheyWere() {
    BigInteger large = BigInteger.TWO.pow(4000).add(BigInteger.ONE);
    Point point = new Point(-1, large);
    assertEquals(point, client.submit("echo", point).result(Point.class, SOON));
    assertEquals(large, client.submit("echo", large).result(Object.class, SOON));
    assertEquals("é 😀\u0000", client.submit("echo", "é 😀\u0000").result(String.class, SOON));
    assertNull(client.submit("echo", (Object) null).result(String.class, SOON));
    List<Point> points = List.of(point, new Point(2, BigInteger.TEN));
    assertEquals(
        points, client.submit("echo", points).result(new TypeReference<List<Point>>() {}, SOON));
  }

  @Test
  void optionsArrive() {
    Instant later = Instant.now().plusSeconds(3600);
    String parent = client.submit("echo", 1).id();
    Task task =
        client.submit(
            TaskCall.of("add", 1)
                .kwarg("b", 2)
                .queue("elsewhere")
                .priority(-7)
                .startsAt(later)
                .expiresAt(later.plusSeconds(1))
                .retry(4)
                .group("ours")
                .tags("red", "green")
                .metadata("who", "me")
                .with(written -> written.setParentId(parent)));
    TaskStatus status = task.status();
    assertEquals("[1]", status.getArgs().getJson());
    assertEquals("{\"b\":2}", status.getKwargs().getJson());
    assertEquals("elsewhere", status.getQueue());
    assertEquals(-7, status.getPriority());
    assertEquals(TaskState.TASK_STATE_SCHEDULED, status.getState());
    assertEquals(later.getEpochSecond(), status.getDueTime().getSeconds());
    assertEquals(later.getEpochSecond() + 1, status.getExpireTime().getSeconds());
    assertEquals(4, status.getMaxAttempts());
    assertEquals("ours", status.getGroup());
    assertEquals(List.of("red", "green"), status.getTagsList());
    assertEquals("me", status.getMetadataOrThrow("who"));
    assertEquals(parent, status.getParentId());
  }

  @Test
  void oneBadTaskDoesNotSpoilTheOthers() {
    List<Submitted> all =
        client.submitAll(
            List.of(
                TaskCall.of("echo", 1),
                TaskCall.of("echo", 2).priority(100_000),
                TaskCall.of("echo", "x".repeat(1024 * 1024)),
                TaskCall.of("echo", 4)));
    assertEquals(1, all.get(0).get().result(Integer.class, SOON));
    assertEquals("OUT_OF_RANGE", all.get(1).error().reason());
    assertEquals("tasks[1].priority", all.get(1).error().field());
    assertEquals("PAYLOAD_TOO_LARGE", all.get(2).error().reason());
    assertSame(all.get(2).error(), assertThrows(QtasksException.class, all.get(2)::get));
    assertEquals(4, all.get(3).get().result(Integer.class, SOON));
  }

  @Test
  void whatHasNoJsonIsRefused() {
    assertEquals("UNSERIALIZABLE", refusal(() -> client.submit("echo", new Object())).reason());
    assertEquals("INVALID_JSON", refusal(() -> client.submit("echo", Double.NaN)).reason());
  }

  @Test
  void theSameIdIsTheSameTask() {
    TaskCall call = TaskCall.of("echo", 1).id(UUID.randomUUID().toString());
    Task first = client.submit(call);
    Task again = client.submit(call);
    assertFalse(first.isExisting());
    assertTrue(again.isExisting());
    assertEquals(first.id(), again.id());
    TaskCall other = TaskCall.of("echo", 2).id(first.id());
    assertEquals("TASK_ID_CONFLICT", refusal(() -> client.submit(other)).reason());
  }

  @Test
  void manyThreadsShareOneClient() {
    List<Integer> values =
        IntStream.range(0, 200)
            .parallel()
            .mapToObj(number -> client.submit("echo", number).resultAsync(Integer.class))
            .map(CompletableFuture::join)
            .toList();
    assertEquals(IntStream.range(0, 200).boxed().toList(), values);
  }

  // -- following --------------------------------------------------------------------------

  @Test
  void runGivesEachEventInOrder() {
    List<Integer> yielded = new ArrayList<>();
    long seq = 0;
    try (TaskEvents events = client.run("count", 100)) {
      for (TaskEvent event : events) {
        assertEquals(++seq, event.getSeq());
        if (event.hasYielded()) {
          yielded.add(client.decode(event.getYielded().getValue(), Integer.class));
        }
      }
      assertEquals("100", events.end().getResult().getJson());
    }
    assertEquals(IntStream.range(0, 100).boxed().toList(), yielded);
  }

  @Test
  void runFollowsTheTaskThatAKeyNames() {
    TaskCall call = TaskCall.of("count", 2).idempotencyKey(UUID.randomUUID().toString());
    String first = client.submit(call).id();
    try (TaskEvents events = client.run(call)) {
      assertEquals(first, events.end().getId());
      assertEquals(first, events.task().id());
    }
  }

  @Test
  void aRefusedRunSaysWhy() {
    try (TaskEvents events = client.run(TaskCall.of("count", 1).priority(100_000))) {
      QtasksException error = refusal(events::hasNext);
      assertEquals("OUT_OF_RANGE", error.reason());
      assertEquals("task.priority", error.field());
    }
  }

  @Test
  void watchGoesOnAfterANumber() {
    Task task = client.submit("count", 10);
    List<Long> all = seqs(task.watch());
    assertEquals(all.subList(5, all.size()), seqs(task.watch(5)));
  }

  @Test
  @SuppressWarnings("try") // closed twice, which is what is tested
  void closingEndsTheLoopAndNotTheTask() throws Exception {
    try (TaskEvents events = client.run("ask_twice")) {
      String ask = nextAsk(events);
      CompletableFuture<List<Long>> rest =
          CompletableFuture.supplyAsync(() -> seqs(events)); // blocks: nobody answers
      assertThrows(TimeoutException.class, () -> rest.get(100, TimeUnit.MILLISECONDS));
      events.close();
      assertEquals(List.of(), rest.get());
      assertThrows(IllegalStateException.class, events::end);

      Task task = events.task();
      assertTrue(task.reply(ask, BigInteger.ONE) > 0);
      assertEquals("ASK_ANSWERED", refusal(() -> task.reply(ask, 2)).reason());
      try (TaskEvents again = task.watch()) {
        nextAsk(again);
        task.reply(nextAsk(again), "two");
        assertEquals("[1,\"two\"]", again.end().getResult().getJson().replace(" ", ""));
      }
    }
  }

  // -- results ----------------------------------------------------------------------------

  @Test
  void failuresAreTyped() {
    Task task = client.submit("fail", "no such file");
    TaskFailedException error =
        assertThrows(TaskFailedException.class, () -> task.result(Object.class, SOON));
    assertEquals("TASK_FAILED", error.reason());
    assertEquals("ValueError", error.failure().getKind());
    assertEquals("no such file", error.failure().getMessage());
    assertTrue(error.failure().getTraceback().contains("served.py"));
    assertEquals("RAISED", error.facts().get("reason"));

    CompletableFuture<Object> later = task.resultAsync(Object.class);
    Throwable cause = assertThrows(CompletionException.class, later::join).getCause();
    assertInstanceOf(TaskFailedException.class, cause);
  }

  @Test
  void aResultThatDoesNotComeInTime() {
    Task task = client.submit("nobody serves this");
    assertThrows(
        ResultTimeoutException.class, () -> task.result(Object.class, Duration.ofMillis(50)));
    assertThrows(ResultTimeoutException.class, () -> task.result(Object.class, Duration.ZERO));
    assertEquals(TaskState.TASK_STATE_CANCEL, task.cancel("not wanted"));
    TaskCancelledException cancelled =
        assertThrows(TaskCancelledException.class, () -> task.result(Object.class, SOON));
    assertEquals("not wanted", cancelled.why());
    assertEquals("TASK_ENDED", refusal(() -> task.cancel("again")).reason());
  }

  @Test
  void aResultOfAnotherTypeIsToldAsSuch() {
    Task task = client.submit("echo", "text");
    assertEquals("UNSERIALIZABLE", refusal(() -> task.result(Point.class, SOON)).reason());
  }

  @Test
  void bytesTravelAsTheyAre() {
    Payload packed =
        Payload.newBuilder().setData(ByteString.fromHex("93ff00")).setEncoding("own").build();
    Task task = client.submit(TaskCall.of("nobody unpacks this").encodedArgs(packed));
    assertEquals(packed, task.status().getArgs());
    assertEquals(packed, client.decode(packed, Payload.class));
    QtasksException error = refusal(() -> client.decode(packed, Object.class));
    assertEquals("UNSERIALIZABLE", error.reason());
  }

  // -- looking and steering ---------------------------------------------------------------

  @Test
  void listGoesOverPages() {
    String group = UUID.randomUUID().toString();
    List<Submitted> all =
        client.submitAll(Collections.nCopies(250, TaskCall.of("echo", 1).group(group)));
    List<String> ids = all.stream().map(one -> one.get().id()).toList();
    TaskFilter filter = TaskFilter.newBuilder().setGroup(group).build();
    List<String> listed = client.list(filter).map(TaskStatus::getId).toList();
    assertEquals(ids.stream().sorted().toList(), listed.stream().sorted().toList());
    assertEquals(
        listed.subList(0, 3), client.list(filter).limit(3).map(TaskStatus::getId).toList());
  }

  @Test
  void statsAndExplain() {
    assertEquals(1, client.stats().getWorkers());
    List<Reason> reasons = client.submit("nobody serves this").explain().getReasonsList();
    assertTrue(reasons.stream().anyMatch(Reason::hasUnserved), reasons.toString());
  }

  @Test
  void whatIsNotThere() {
    Task nothing = client.task(UUID.randomUUID().toString());
    for (Runnable look :
        List.<Runnable>of(
            nothing::status,
            () -> nothing.result(Object.class, SOON),
            () -> nothing.cancel(""),
            () -> seqs(nothing.watch()))) {
      assertEquals("TASK_NOT_FOUND", refusal(look).reason());
    }
  }

  @Test
  void appsDoNotSeeOneAnother() {
    ClientOptions options = ClientOptions.defaults().app("another");
    try (QtasksClient other = QtasksClient.connect(broker.url(), options)) {
      Task task = other.submit("echo", 1);
      assertEquals("another", task.status().getApp());
      TaskFilter all = TaskFilter.getDefaultInstance();
      assertEquals(List.of(task.id()), other.list(all).map(TaskStatus::getId).toList());
      assertEquals(0, other.stats().getWorkers());
    }
  }

  // -- contexts ---------------------------------------------------------------------------

  @Test
  void aDeadlineOfTheContextEndsWhatWaitsInIt() {
    ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
    Task task = client.submit("nobody serves this");
    for (Runnable wait :
        List.<Runnable>of(
            () -> task.result(Object.class, SOON),
            () -> seqs(task.watch()),
            () -> seqs(client.run("nobody serves this")))) {
      try (Context.CancellableContext context =
          Context.current().withDeadlineAfter(200, TimeUnit.MILLISECONDS, timers)) {
        context.run(() -> assertEquals("DEADLINE_EXCEEDED", refusal(wait).reason()));
      }
    }
    timers.shutdownNow();
  }

  @Test
  void aCancelledContextEndsWhatWaitsInIt() {
    Task task = client.submit("nobody serves this");
    for (Runnable wait :
        List.<Runnable>of(
            () -> task.result(Object.class, SOON),
            () -> seqs(task.watch()),
            () -> client.submit("echo", 1))) {
      try (Context.CancellableContext context = Context.current().withCancellation()) {
        CompletableFuture<Void> ended =
            CompletableFuture.runAsync(
                context.wrap(() -> assertEquals("CANCELLED", refusal(wait).reason())));
        context.cancel(null);
        ended.join();
      }
    }
  }

  @Test
  void anInterruptEndsTheWait() throws Exception {
    Task task = client.submit("nobody serves this");
    for (Runnable wait :
        List.<Runnable>of(() -> task.result(Object.class, SOON), () -> seqs(task.watch()))) {
      CompletableFuture<String> reason = new CompletableFuture<>();
      Thread thread = new Thread(() -> reason.complete(refusal(wait).reason()));
      thread.start();
      thread.interrupt();
      assertEquals("CANCELLED", reason.get());
    }
  }

  // -- words of the tests -----------------------------------------------------------------

  private static QtasksException refusal(Runnable call) {
    return assertThrows(QtasksException.class, call::run);
  }

  private static List<Long> seqs(TaskEvents events) {
    try (events) {
      List<Long> seqs = new ArrayList<>();
      events.forEach(event -> seqs.add(event.getSeq()));
      return seqs;
    }
  }

  private static String nextAsk(TaskEvents events) {
    return Stream.generate(events::next)
        .filter(TaskEvent::hasAsked)
        .findFirst()
        .orElseThrow()
        .getAsked()
        .getAskId();
  }
}
