package io.qtasks;

import io.qtasks.v1.Payload;
import io.qtasks.v1.RetryPolicy;
import io.qtasks.v1.TaskSubmit;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A task to submit: its name, its arguments, and how it is to run.
 *
 * <pre>{@code
 * TaskCall.of("resize", "cat.png").kwarg("width", 640).queue("images").retry(3)
 * }</pre>
 *
 * What is not said is as the task was registered by its worker. Submitting a call twice submits two
 * tasks, unless it has an id or an idempotency key.
 */
public final class TaskCall {
  private final TaskSubmit.Builder task;
  private final List<Object> args;
  private final Map<String, Object> kwargs = new LinkedHashMap<>();

  private TaskCall(TaskSubmit.Builder task, List<Object> args) {
    this.task = task;
    this.args = args;
  }

  /** A call of a task by its name, with arguments by place; each becomes JSON. */
  public static TaskCall of(String name, Object... args) {
    // Not List.of: an argument may be null.
    return new TaskCall(
        TaskSubmit.newBuilder().setName(name),
        Collections.unmodifiableList(Arrays.asList(args.clone())));
  }

  /** A call as it travels. */
  public static TaskCall of(TaskSubmit task) {
    return new TaskCall(task.toBuilder(), List.of());
  }

  /** An argument by name. */
  public TaskCall kwarg(String name, Object value) {
    kwargs.put(name, value);
    return this;
  }

  /** The list of arguments in an encoding of your own, in place of those given. */
  public TaskCall encodedArgs(Payload args) {
    return with(task -> task.setArgs(args));
  }

  /** A UUID of your own, best of version 7. Without, each submit gets a new one. */
  public TaskCall id(String id) {
    return with(task -> task.setId(id));
  }

  /** The queue. */
  public TaskCall queue(String queue) {
    return with(task -> task.setQueue(queue));
  }

  /** From -4096 to 4095; lower runs first. */
  public TaskCall priority(int priority) {
    return with(task -> task.setPriority(priority));
  }

  /** Not before this long from now. */
  public TaskCall delay(Duration delay) {
    return with(task -> task.setDelay(Times.duration(delay)));
  }

  /** Not before this moment. */
  public TaskCall startsAt(Instant moment) {
    return with(task -> task.setStartTime(Times.timestamp(moment)));
  }

  /** Cancelled if it has not started by then. */
  public TaskCall expiresAt(Instant moment) {
    return with(task -> task.setExpireTime(Times.timestamp(moment)));
  }

  /** Cancelled, or its attempt failed, if it has not ended by then. */
  public TaskCall deadline(Instant moment) {
    return with(task -> task.setDeadline(Times.timestamp(moment)));
  }

  /** The longest an attempt may run. */
  public TaskCall maxTime(Duration length) {
    return with(task -> task.setMaxTime(Times.duration(length)));
  }

  /** How many attempts there may be, the first included. */
  public TaskCall retry(int maxAttempts) {
    return with(task -> task.getRetryBuilder().setMaxAttempts(maxAttempts));
  }

  /** When a failed attempt is tried again. */
  public TaskCall retry(RetryPolicy policy) {
    return with(task -> task.setRetry(policy));
  }

  /** A second submit with the same key is the first task. */
  public TaskCall idempotencyKey(String key) {
    return with(task -> task.setIdempotencyKey(key));
  }

  /** A label shared by tasks that belong together. */
  public TaskCall group(String group) {
    return with(task -> task.setGroup(group));
  }

  /** Labels to filter by. */
  public TaskCall tags(String... tags) {
    return with(task -> task.addAllTags(List.of(tags)));
  }

  /** A fact that travels with the task. */
  public TaskCall metadata(String name, String value) {
    return with(task -> task.putMetadata(name, value));
  }

  /** How long the record is kept after the end; zero: not at all. */
  public TaskCall keepResult(Duration length) {
    return with(task -> task.setKeepResult(Times.duration(length)));
  }

  /** What has no method here, for example {@code after}. */
  public TaskCall with(Consumer<TaskSubmit.Builder> change) {
    change.accept(task);
    return this;
  }

  /** The call as it is submitted, under an id. */
  TaskSubmit written(Json json, ClientOptions options) {
    TaskSubmit.Builder written = task.clone();
    if (written.getId().isEmpty()) {
      written.setId(TaskIds.next());
    }
    if (written.getApp().isEmpty()) {
      written.setApp(options.app());
    }
    if (!written.hasArgs() && !args.isEmpty()) {
      written.setArgs(json.encode(args, "args", options.maxPayloadBytes()));
    }
    if (!kwargs.isEmpty()) {
      written.setKwargs(json.encode(kwargs, "kwargs", options.maxPayloadBytes()));
    }
    return written.build();
  }
}
