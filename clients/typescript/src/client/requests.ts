// A call and its options as a `TaskSubmit`.

import { create, toBinary } from "@bufbuild/protobuf";
import { QtasksError } from "../errors.js";
import {
  AfterSchema,
  OnFailure,
  Pass,
  RetryPolicySchema,
  type TaskSubmit,
  TaskSubmitSchema,
} from "../gen/qtasks/v1/task_pb.js";
import { Encoded, encode, limited, MAX_PAYLOAD, MAX_TASK } from "../wire/payload.js";
import { duration, moment } from "../wire/times.js";
import { newTaskId } from "./ids.js";

/** When a failed attempt is tried again. */
export interface RetryOptions {
  /** How many attempts there may be, the first included. */
  maxAttempts: number;
  /** Seconds before the second attempt (1). */
  initialBackoff?: number;
  /** The factor from one wait to the next (2). */
  multiplier?: number;
  /** The longest wait in seconds (an hour). */
  maxBackoff?: number;
  /** 0 to 1: how much a wait may differ (0.1). */
  jitter?: number;
  /** How often it may lose the worker that runs it (3). */
  maxLosses?: number;
}

/** How a task is submitted. What is left out is as the task was registered. */
export interface SubmitOptions {
  /** A UUID; made if none is given. Submitting it again returns the same task. */
  id?: string;
  /** Named arguments, for tasks in languages that have them. */
  kwargs?: Record<string, unknown>;
  queue?: string;
  /** Lower runs first, from -4096 to 4095. */
  priority?: number;
  /** Not before so many seconds from now. */
  delay?: number;
  /** Not before this moment. */
  startTime?: Date;
  /** Cancelled if it has not started by then; a number is seconds from now. */
  expires?: Date | number;
  /** Ends by then, or fails; a number is seconds from now. */
  deadline?: Date | number;
  /** The most seconds that an attempt may run. */
  maxTime?: number;
  retry?: RetryOptions;
  /** A second submit with the same key returns the first task. */
  idempotencyKey?: string;
  group?: string;
  tags?: string[];
  metadata?: Record<string, string>;
  /** Seconds that the record is kept after the end. */
  keepResult?: number;
  /** The task that submits this one. */
  parentId?: string;
  /** Ids of tasks that must end first. */
  after?: string[] | AfterOptions;
  /** `args` is a list of argument lists: the task is called with each. */
  each?: boolean;
}

/** What a task waits for. */
export interface AfterOptions {
  ids: string[];
  /** Their results: each as one more argument, or all as one more. */
  pass?: "each" | "list";
  /** Run even if one of them does not succeed. */
  runOnFailure?: boolean;
}

/**
 * A call as it is submitted.
 *
 * @throws QtasksError `UNSERIALIZABLE`, `PAYLOAD_TOO_LARGE` or `OUT_OF_RANGE`.
 */
export function taskSubmit(
  app: string,
  name: string,
  args: readonly unknown[] | Encoded,
  options: SubmitOptions,
): TaskSubmit {
  const task = create(TaskSubmitSchema, {
    id: options.id ?? newTaskId(),
    app,
    name,
    queue: options.queue ?? "",
    idempotencyKey: options.idempotencyKey ?? "",
    group: options.group ?? "",
    tags: options.tags ?? [],
    metadata: options.metadata ?? {},
    parentId: options.parentId ?? "",
    each: options.each ?? false,
  });
  if (args instanceof Encoded || args.length > 0) {
    task.args = limited(encode(args), "args", MAX_PAYLOAD);
  }
  if (options.kwargs !== undefined) {
    task.kwargs = limited(encode(options.kwargs), "kwargs", MAX_PAYLOAD);
  }
  addTimes(task, options);
  addRules(task, options);
  return task;
}

/** How many bytes a task has on the wire, which must not be too many. */
export function sizeOfTask(task: TaskSubmit): number {
  const size = toBinary(TaskSubmitSchema, task).length;
  if (size > MAX_TASK) {
    throw new QtasksError(
      "PAYLOAD_TOO_LARGE",
      `the task has ${size} bytes in all, more than ${MAX_TASK}`,
      { field: "task", facts: { limit: String(MAX_TASK) } },
    );
  }
  return size;
}

function addTimes(task: TaskSubmit, options: SubmitOptions): void {
  if (options.delay !== undefined && options.startTime !== undefined) {
    throw new QtasksError("INVALID_FIELD", "give startTime or delay, not both", {
      field: "start_time",
    });
  }
  if (options.delay !== undefined) {
    task.start = { case: "delay", value: duration(options.delay, "delay") };
  }
  if (options.startTime !== undefined) {
    task.start = { case: "startTime", value: moment(options.startTime, "start_time") };
  }
  if (options.expires !== undefined) {
    task.expireTime = moment(options.expires, "expire_time");
  }
  if (options.deadline !== undefined) {
    task.deadline = moment(options.deadline, "deadline");
  }
  if (options.maxTime !== undefined) {
    task.maxTime = duration(options.maxTime, "max_time");
  }
  if (options.keepResult !== undefined) {
    task.keepResult = duration(options.keepResult, "keep_result");
  }
}

function addRules(task: TaskSubmit, { priority, retry, after }: SubmitOptions): void {
  if (priority !== undefined) {
    if (!Number.isInteger(priority) || Math.abs(priority) > 2 ** 31 - 1) {
      throw new QtasksError("OUT_OF_RANGE", `priority can't be ${priority}`, {
        field: "priority",
      });
    }
    task.priority = priority;
  }
  if (retry !== undefined) {
    task.retry = retryPolicy(retry);
  }
  if (after !== undefined) {
    const { ids, pass, runOnFailure } = Array.isArray(after)
      ? { ids: after, pass: undefined, runOnFailure: false }
      : after;
    task.after = create(AfterSchema, {
      taskIds: ids,
      pass: pass && { each: Pass.EACH, list: Pass.LIST }[pass],
      onFailure: runOnFailure ? OnFailure.RUN : OnFailure.UNSPECIFIED,
    });
  }
}

/** Rules of retry as they travel. */
export function retryPolicy(retry: RetryOptions) {
  const { maxAttempts, initialBackoff, multiplier, maxBackoff, jitter, maxLosses } =
    retry;
  const policy = create(RetryPolicySchema, {
    maxAttempts,
    multiplier,
    maxLosses,
  });
  if (initialBackoff !== undefined) {
    policy.initialBackoff = duration(initialBackoff, "retry.initial_backoff");
  }
  if (maxBackoff !== undefined) {
    policy.maxBackoff = duration(maxBackoff, "retry.max_backoff");
  }
  if (jitter !== undefined) {
    policy.jitter = jitter;
  }
  return policy;
}
