// Client and worker of the qtasks task queue.

export {
  type Call,
  Client,
  type ClientOptions,
  type ListOptions,
  type RunOptions,
} from "./client/client.js";
export type { Event } from "./client/events.js";
export { newTaskId } from "./client/ids.js";
export type { AfterOptions, RetryOptions, SubmitOptions } from "./client/requests.js";
export type { State, Status } from "./client/status.js";
export { Task, type WatchOptions } from "./client/task.js";
export {
  type Failure,
  QtasksError,
  type Reason,
  ResultTimeout,
  TaskCancelled,
  TaskFailed,
} from "./errors.js";
export type { BrokerOptions, CallOptions, Stubs } from "./wire/broker.js";
export { decode, Encoded, encode, parse, stringify } from "./wire/payload.js";
export { errorOf } from "./wire/status.js";
export type { Level, TaskContext } from "./worker/context.js";
export { NoRetry, RetryAfter } from "./worker/failures.js";
export type { Logger } from "./worker/logger.js";
export type { Handler, TaskOptions } from "./worker/tasks.js";
export { Worker, type WorkerOptions } from "./worker/worker.js";
