// The tasks of a worker, as it serves them and as it introduces them.

import { create } from "@bufbuild/protobuf";
import { type RetryOptions, retryPolicy } from "../client/requests.js";
import { QtasksError } from "../errors.js";
import {
  type ParameterInfo,
  ParameterInfoSchema,
  TaskDefaultsSchema,
  type TaskInfo,
  TaskInfoSchema,
} from "../gen/qtasks/v1/worker_service_pb.js";
import { stringify } from "../wire/payload.js";
import { duration } from "../wire/times.js";
import type { TaskContext } from "./context.js";

/**
 * What runs a task: a function, whose result is the task's; or a generator, whose yields
 * are sent out while it runs, and whose return value is the result.
 */
export type Handler = (task: TaskContext, ...args: never[]) => unknown;

/** What a task is registered with; its submits may say otherwise. */
export interface TaskOptions {
  /** What it does, for people. */
  description?: string;
  /**
   * Its parameters: `["width", "height?", "...rest"]`. Then named arguments go to the
   * parameters of their names, and arguments that do not fit are refused. Else any are
   * taken, and named ones are in `task.kwargs`.
   */
  parameters?: string[];
  /** A JSON Schema of its arguments as an object by parameter name. */
  jsonSchema?: object;
  /** A JSON Schema of what it returns. */
  resultSchema?: object;
  /** A JSON Schema of what it yields. */
  yieldSchema?: object;
  queue?: string;
  priority?: number;
  /** The most seconds that an attempt may run. */
  maxTime?: number;
  retry?: RetryOptions;
  /** Seconds that the record is kept after the end. */
  keepResult?: number;
  tags?: string[];
}

/** A task that the worker serves. */
export interface Definition {
  name: string;
  handler: Handler;
  /** `undefined`: it takes any arguments. */
  parameters: ParameterInfo[] | undefined;
  info: TaskInfo;
}

/** A task as it is served. */
export function definition(
  name: string,
  handler: Handler,
  options: TaskOptions,
): Definition {
  const parameters = options.parameters?.map(parameter);
  const { jsonSchema, resultSchema, yieldSchema } = options;
  const info = create(TaskInfoSchema, {
    name,
    description: options.description ?? "",
    parameters: parameters ?? ANY,
    awaiting: true,
    generating: isGenerator(handler) ? "async" : "",
    priority: options.priority ?? 0,
    tags: options.tags ?? [],
    jsonSchema: jsonSchema ? stringify(jsonSchema) : "",
    resultSchema: resultSchema ? stringify(resultSchema) : "",
    yieldSchema: yieldSchema ? stringify(yieldSchema) : "",
    defaults: defaults(options),
  });
  return { name, handler, parameters, info };
}

function defaults({ queue, priority, maxTime, retry, keepResult, tags }: TaskOptions) {
  return create(TaskDefaultsSchema, {
    queue: queue ?? "",
    tags: tags ?? [],
    ...(priority !== undefined && { priority }),
    ...(maxTime !== undefined && { maxTime: duration(maxTime, "max_time") }),
    ...(retry !== undefined && { retry: retryPolicy(retry) }),
    ...(keepResult !== undefined && {
      keepResult: duration(keepResult, "keep_result"),
    }),
  });
}

const ANY = [
  create(ParameterInfoSchema, { name: "args", kind: "args", optional: true }),
  create(ParameterInfoSchema, { name: "kwargs", kind: "kwargs", optional: true }),
];

function parameter(text: string): ParameterInfo {
  const match = /^(\.\.\.)?([\p{L}_$][\p{L}\p{N}_$]*)(\?)?$/u.exec(text);
  if (match === null) {
    throw new QtasksError(
      "SETTINGS",
      `${JSON.stringify(text)} is no parameter; write "name", "name?" or "...name"`,
    );
  }
  const [, rest, name = "", optional] = match;
  return create(ParameterInfoSchema, {
    name,
    kind: rest ? "args" : "any",
    optional: Boolean(rest || optional),
  });
}

function isGenerator(handler: Handler): boolean {
  return /Generator/.test(Object.prototype.toString.call(handler));
}
