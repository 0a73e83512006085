package io.qtasks.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.qtasks.QtasksClient;
import io.qtasks.TaskEvents;
import io.qtasks.v1.TaskEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** How fast the client is. */
final class Load {
  private Load() {}

  static ObjectNode submits(QtasksClient client, JsonNode request) throws Exception {
    String name = request.get("name").asText();
    return concurrently(request, () -> client.submit(name, 0));
  }

  static ObjectNode runs(QtasksClient client, JsonNode request) throws Exception {
    String name = request.get("name").asText();
    return concurrently(
        request,
        () -> {
          try (TaskEvents events = client.run(name, 0)) {
            events.end();
          }
        });
  }

  static ObjectNode yields(QtasksClient client, JsonNode request) throws Exception {
    long began = System.nanoTime();
    int yields = 0;
    try (TaskEvents events =
        client.run(request.get("name").asText(), request.get("count").asInt())) {
      for (TaskEvent event : events) {
        yields += event.hasYielded() ? 1 : 0;
      }
    }
    return secondsSince(began).put("yields", yields);
  }

  private static ObjectNode concurrently(JsonNode request, Runnable one) throws Exception {
    AtomicInteger left = new AtomicInteger(request.get("count").asInt());
    int callers = request.get("inFlight").asInt();
    ExecutorService threads = Executors.newFixedThreadPool(callers);
    try {
      long began = System.nanoTime();
      List<Future<?>> running = new ArrayList<>();
      for (int caller = 0; caller < callers; caller++) {
        running.add(
            threads.submit(
                () -> {
                  while (left.getAndDecrement() > 0) {
                    one.run();
                  }
                }));
      }
      for (Future<?> caller : running) {
        caller.get();
      }
      return secondsSince(began);
    } finally {
      threads.shutdownNow();
    }
  }

  private static ObjectNode secondsSince(long began) {
    return JsonNodeFactory.instance.objectNode().put("seconds", (System.nanoTime() - began) / 1e9);
  }
}
