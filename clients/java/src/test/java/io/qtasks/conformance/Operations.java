package io.qtasks.conformance;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import io.qtasks.QtasksClient;
import io.qtasks.QtasksException;
import io.qtasks.Submitted;
import io.qtasks.Task;
import io.qtasks.TaskCall;
import io.qtasks.TaskEvents;
import io.qtasks.v1.Payload;
import io.qtasks.v1.RetryPolicy;
import io.qtasks.v1.TaskEvent;
import io.qtasks.v1.TaskFilter;
import io.qtasks.v1.TaskSubmit;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** What the driver can be asked to do, each a few calls of the public client. */
final class Operations {
  private static final ObjectMapper LINES = new ObjectMapper();
  private static final JsonFormat.Printer MESSAGES =
      JsonFormat.printer().omittingInsignificantWhitespace();

  /** Values of tasks as programs have them: read and written by the client's own mapper. */
  private static final ObjectMapper VALUES = io.qtasks.ClientOptions.defaults().mapper();

  private final QtasksClient client;
  private final Consumer<JsonNode> write;
  private final Map<String, Stream> streams = new ConcurrentHashMap<>();

  private static final class Stream {
    final TaskEvents events;
    volatile boolean stopped;

    Stream(TaskEvents events) {
      this.events = events;
    }
  }

  Operations(QtasksClient client, Consumer<JsonNode> write) {
    this.client = client;
    this.write = write;
  }

  JsonNode perform(JsonNode request) throws Exception {
    return switch (request.path("op").asText()) {
      case "submit" -> submitted(client.submit(call(request)));
      case "submit_many" -> submitMany(request);
      case "submit_raw" ->
          submitted(
              client.submit(
                  TaskCall.of(read(request.get("task"), TaskSubmit.newBuilder()).build())));
      case "run" -> follow(request, client.run(call(request)));
      case "watch" -> follow(request, task(request).watch(request.path("afterSeq").asLong()));
      case "wait" -> await(request);
      case "get" -> ok("status", message(task(request).status()));
      case "cancel" ->
          ok("state", LINES.valueToTree(task(request).cancel(request.path("reason").asText())));
      case "reply" -> reply(request);
      case "list" -> list(request);
      case "stats" -> ok("stats", message(client.stats()));
      case "stop" -> stop(request);
      case "load" -> Load.submits(client, request);
      case "load_run" -> Load.runs(client, request);
      case "load_yields" -> Load.yields(client, request);
      default -> throw new IllegalArgumentException("no op " + request.path("op"));
    };
  }

  // -- submitting -------------------------------------------------------------------------

  private static JsonNode submitted(Task task) {
    return LINES.createObjectNode().put("taskId", task.id()).put("existing", task.isExisting());
  }

  private JsonNode submitMany(JsonNode request) throws IOException {
    List<TaskCall> calls = new ArrayList<>();
    for (JsonNode task : request.get("tasks")) {
      calls.add(call(task));
    }
    ArrayNode receipts = LINES.createArrayNode();
    for (Submitted one : client.submitAll(calls)) {
      receipts.add(
          one.error() == null
              ? submitted(one.task())
              : LINES.createObjectNode().set("error", Driver.error(one.error())));
    }
    return ok("receipts", receipts);
  }

  private static TaskCall call(JsonNode request) throws IOException {
    Object[] args = VALUES.readValue(request.path("args").asText("[]"), Object[].class);
    TaskCall call = TaskCall.of(request.path("name").asText(), args);
    Map<String, Object> kwargs =
        VALUES.readValue(request.path("kwargs").asText("{}"), new TypeReference<>() {});
    kwargs.forEach(call::kwarg);
    for (Map.Entry<String, JsonNode> option : request.path("options").properties()) {
      apply(call, option.getKey(), option.getValue());
    }
    return call;
  }

  private static void apply(TaskCall call, String option, JsonNode value) throws IOException {
    switch (option) {
      case "id" -> call.id(value.asText());
      case "queue" -> call.queue(value.asText());
      case "priority" -> call.priority(value.asInt());
      case "delay" -> call.delay(seconds(value));
      case "idempotencyKey" -> call.idempotencyKey(value.asText());
      case "group" -> call.group(value.asText());
      case "tags" -> call.tags(LINES.treeToValue(value, String[].class));
      case "metadata" ->
          value.properties().forEach(one -> call.metadata(one.getKey(), one.getValue().asText()));
      case "maxTime" -> call.maxTime(seconds(value));
      case "expiresIn" -> call.expiresAt(Instant.now().plus(seconds(value)));
      case "keepResult" -> call.keepResult(seconds(value));
      case "retry" -> call.retry(retry(value));
      case "bytes" ->
          call.encodedArgs(
              Payload.newBuilder()
                  .setData(ByteString.copyFrom(value.get("base64").binaryValue()))
                  .setEncoding(value.path("encoding").asText())
                  .build());
      default -> throw new IllegalArgumentException("no option " + option);
    }
  }

  private static RetryPolicy retry(JsonNode value) {
    RetryPolicy.Builder policy =
        RetryPolicy.newBuilder().setMaxAttempts(value.path("maxAttempts").asInt());
    if (value.has("initialBackoff")) {
      Duration backoff = seconds(value.get("initialBackoff"));
      policy
          .getInitialBackoffBuilder()
          .setSeconds(backoff.getSeconds())
          .setNanos(backoff.getNano());
    }
    return policy.build();
  }

  private static Duration seconds(JsonNode value) {
    BigDecimal[] parts = value.decimalValue().divideAndRemainder(BigDecimal.ONE);
    return Duration.ofSeconds(parts[0].longValueExact(), parts[1].movePointRight(9).longValue());
  }

  // -- following --------------------------------------------------------------------------

  private JsonNode follow(JsonNode request, TaskEvents events) throws IOException {
    Stream stream = new Stream(events);
    streams.put(request.get("id").toString(), stream);
    try (events) {
      for (TaskEvent event : events) {
        ObjectNode line = LINES.createObjectNode();
        line.set("id", request.get("id"));
        line.set("event", message(event));
        write.accept(line);
      }
      if (stream.stopped) {
        throw new QtasksException("STOPPED", "stopped", Map.of());
      }
      return ok("status", message(events.end()));
    } finally {
      streams.remove(request.get("id").toString());
    }
  }

  private JsonNode stop(JsonNode request) {
    Stream stream = streams.get(request.get("stream").toString());
    if (stream != null) {
      stream.stopped = true;
      stream.events.close();
    }
    return LINES.createObjectNode();
  }

  private JsonNode await(JsonNode request) throws IOException {
    Object result = task(request).result(Object.class, seconds(request.get("timeout")));
    return LINES.createObjectNode().put("result", VALUES.writeValueAsString(result));
  }

  // -- looking and steering ---------------------------------------------------------------

  private JsonNode reply(JsonNode request) throws IOException {
    Object value = VALUES.readValue(request.get("value").asText(), Object.class);
    return LINES
        .createObjectNode()
        .put("seq", task(request).reply(request.get("askId").asText(), value));
  }

  private JsonNode list(JsonNode request) throws IOException {
    TaskFilter filter = read(request.path("filter"), TaskFilter.newBuilder()).build();
    ArrayNode ids = LINES.createArrayNode();
    client
        .list(filter)
        .limit(request.path("limit").asLong(Long.MAX_VALUE))
        .forEach(status -> ids.add(status.getId()));
    return ok("taskIds", ids);
  }

  private Task task(JsonNode request) {
    return client.task(request.get("taskId").asText());
  }

  // -- messages ---------------------------------------------------------------------------

  private static JsonNode ok(String name, JsonNode value) {
    return LINES.createObjectNode().set(name, value);
  }

  private static JsonNode message(MessageOrBuilder message) throws IOException {
    return LINES.readTree(MESSAGES.print(message));
  }

  private static <B extends Message.Builder> B read(JsonNode json, B message) throws IOException {
    if (json.isObject()) {
      JsonFormat.parser().merge(json.toString(), message);
    }
    return message;
  }
}
