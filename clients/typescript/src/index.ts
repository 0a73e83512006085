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
export { QueueService } from "./gen/qtasks/v1/queue_service_pb.js";
export { ScheduleService } from "./gen/qtasks/v1/schedule_service_pb.js";
export { StatsService } from "./gen/qtasks/v1/stats_service_pb.js";
export { TaskService } from "./gen/qtasks/v1/task_service_pb.js";
export { VariableService } from "./gen/qtasks/v1/variable_service_pb.js";
export { WorkerService } from "./gen/qtasks/v1/worker_service_pb.js";
export type { BrokerOptions, CallOptions } from "./wire/broker.js";
export { decode, Encoded, encode, parse, stringify } from "./wire/payload.js";
export { errorOf } from "./wire/status.js";
export type { Level, TaskContext } from "./worker/context.js";
export { NoRetry, RetryAfter } from "./worker/failures.js";
export type { Logger } from "./worker/logger.js";
export type { Handler, TaskOptions } from "./worker/tasks.js";
export { Worker, type WorkerOptions } from "./worker/worker.js";
