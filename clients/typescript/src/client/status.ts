// A task as it stands, in the words of JavaScript.

import { type Failure, QtasksError } from "../errors.js";
import {
  FailureReason,
  TaskState,
  type TaskStatus,
  type Failure as WireFailure,
} from "../gen/qtasks/v1/task_pb.js";
import { decode } from "../wire/payload.js";
import { date } from "../wire/times.js";

/** Where a task stands. */
export type State =
  | "scheduled"
  | "new"
  | "process"
  | "retry"
  | "success"
  | "error"
  | "cancel";

/** A task as it stands. */
export interface Status {
  id: string;
  name: string;
  queue: string;
  state: State;
  /** The number of the current or last attempt, from 1; 0 before the first. */
  attempt: number;
  workerId: string;
  createTime: Date | undefined;
  startTime: Date | undefined;
  finishTime: Date | undefined;
  /** What it returned (`success`). */
  result: unknown;
  /** Why it failed (`error`). */
  failure: Failure | undefined;
  /** Why it was cancelled (`cancel`). */
  cancelReason: string;
  /** The number of its last event. */
  lastSeq: number;
  /** Everything, as it came. */
  raw: TaskStatus;
}

/** A state in its word. */
export function stateOf(state: TaskState): State {
  return TaskState[state].toLowerCase() as State;
}

/** A state as it travels. */
export function wireState(state: State): TaskState {
  const known = TaskState[state.toUpperCase() as keyof typeof TaskState];
  if (known === undefined) {
    throw new QtasksError("INVALID_FIELD", `there is no state ${state}`, {
      field: "filter.states",
    });
  }
  return known;
}

/** A status as it came, in the words of JavaScript. */
export function statusOf(raw: TaskStatus): Status {
  const { outcome } = raw;
  return {
    id: raw.id,
    name: raw.name,
    queue: raw.queue,
    state: stateOf(raw.state),
    attempt: raw.attempt,
    workerId: raw.workerId,
    createTime: date(raw.createTime),
    startTime: date(raw.startTime),
    finishTime: date(raw.finishTime),
    result: outcome.case === "result" ? decode(outcome.value) : undefined,
    failure: outcome.case === "failure" ? failureOf(outcome.value) : undefined,
    cancelReason: outcome.case === "cancelReason" ? outcome.value : "",
    lastSeq: Number(raw.lastSeq),
    raw,
  };
}

/** Why an attempt failed, in the words of JavaScript. */
export function failureOf(raw: WireFailure): Failure {
  const { kind, message, traceback, retryable, details, cause } = raw;
  const reason = FailureReason[raw.reason] ?? "UNSPECIFIED";
  return {
    kind,
    message,
    traceback,
    retryable,
    details: { ...details },
    reason,
    ...(cause && { cause: failureOf(cause) }),
  };
}
