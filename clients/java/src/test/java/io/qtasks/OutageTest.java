package io.qtasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.qtasks.v1.TaskEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Brokers that die, come back, or were never there. */
@Timeout(90)
class OutageTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String NOBODY = "127.0.0.1:1";

  @TempDir Path folder;
  private Broker broker;
  private QtasksClient client;

  @BeforeEach
  void start() throws IOException {
    broker = Broker.start(folder);
    client = QtasksClient.connect(broker.url());
  }

  @AfterEach
  void stop() {
    if (broker != null) {
      client.close();
      broker.close();
    }
  }

  @Test
  void whatFollowsATaskGoesOnWhenTheBrokerIsBack() throws Exception {
    broker.startWorker("worker");
    try (TaskEvents events = client.run("ask_twice")) {
      long seq = 0;
      Task task = events.task();
      CompletableFuture<List<?>> result = task.resultAsync(List.class).thenApply(list -> list);
      for (TaskEvent event : events) {
        assertEquals(++seq, event.getSeq());
        if (event.hasAsked()) {
          broker.kill();
          broker.start();
          // Waits for the broker, as the loop and the result do.
          task.reply(event.getAsked().getAskId(), seq);
        }
      }
      assertEquals(2, result.get().size());
    }
  }

  @Test
  void aCallFindsABrokerThatIsBack() throws Exception {
    client.submit("echo", 1);
    broker.kill();
    QtasksException error = assertThrows(QtasksException.class, () -> client.submit("echo", 2));
    assertEquals("BROKER_UNAVAILABLE", error.reason());
    assertTrue(error.isTemporary());
    broker.start();
    client.submit("echo", 3);
  }

  @Test
  void aBrokerThatWasNeverThere() {
    try (QtasksClient lost = QtasksClient.connect("grpc://" + NOBODY);
        TaskEvents events = lost.run("echo", 1)) {
      Task task = lost.task(UUID.randomUUID().toString());
      for (Runnable call :
          List.<Runnable>of(events::hasNext, lost::stats, () -> task.result(Object.class, SOON))) {
        QtasksException error = assertThrows(QtasksException.class, call::run);
        assertEquals("BROKER_UNAVAILABLE", error.reason());
      }
    }
  }

  @Test
  void aReplyWaitsForABrokerNoLongerThanItMay() {
    ClientOptions hasty = ClientOptions.defaults().timeout(Duration.ofMillis(100));
    try (QtasksClient lost = QtasksClient.connect("grpc://" + NOBODY, hasty)) {
      Task task = lost.task(UUID.randomUUID().toString());
      QtasksException error = assertThrows(QtasksException.class, () -> task.reply("ask", 1));
      assertEquals("BROKER_UNAVAILABLE", error.reason());
    }
  }

  @Test
  void oneOfSeveralHostsIsEnough() {
    String url = "grpc://" + NOBODY + "," + broker.url().substring("grpc://".length());
    try (QtasksClient several = QtasksClient.connect(url)) {
      assertEquals(0, several.stats().getWorkers());
      assertEquals(0, several.stats().getWorkers());
    }
  }

  @Test
  void closingTheClientEndsWhatFollows() throws Exception {
    try (TaskEvents events = client.run("nobody serves this")) {
      events.next();
      CompletableFuture<?> result = events.task().resultAsync(Object.class);
      client.close();
      assertEquals("BROKER_UNAVAILABLE", assertThrows(QtasksException.class, events::end).reason());
      Throwable cause = assertThrows(ExecutionException.class, result::get).getCause();
      assertEquals("BROKER_UNAVAILABLE", ((QtasksException) cause).reason());
      assertEquals(
          "BROKER_UNAVAILABLE",
          assertThrows(QtasksException.class, () -> client.submit("echo", 1)).reason());
      try (TaskEvents late = client.run("echo", 1)) {
        assertThrows(QtasksException.class, late::hasNext);
      }
    }
  }

  @Test
  void aDrainedWorkerLeaves() throws Exception {
    Process worker = broker.startWorker("leaver");
    assertEquals(0, client.drainWorker("leaver"));
    assertEquals(0, worker.onExit().get().exitValue());
    QtasksException error = assertThrows(QtasksException.class, () -> client.drainWorker("leaver"));
    assertEquals("WORKER_NOT_FOUND", error.reason());
  }
}
