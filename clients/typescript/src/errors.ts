// Every error that a user can meet. Programs test for `reason`, which is the same in
// every language; the broker sends it as `google.rpc.ErrorInfo.reason`.

/** What a reason means when nobody says more. */
const MESSAGES = {
  INTERNAL: "something went wrong in qtasks",
  INVALID_FIELD: "a field of the request has a value it can't have",
  INVALID_JSON: "a payload is not the JSON it should be",
  OUT_OF_RANGE: "a number or time is outside its range",
  TOO_MANY: "there are more items than allowed",
  PAYLOAD_TOO_LARGE:
    "a payload is larger than the limit; store it elsewhere and send a reference",
  PROTOCOL_VIOLATION: "the other side broke the rules of the stream",
  PROTOCOL_MISMATCH: "the two sides speak versions that do not work together",
  TASK_NOT_FOUND:
    "there is no such task; it may have been deleted when its time was over",
  TASK_ID_CONFLICT: "another task already has this id",
  NO_WORKER_SERVES_TASK: "no live worker serves this task name",
  TASK_RUNNING: "the task is running; cancel it first",
  TASK_ENDED: "the task has already ended",
  TASK_NOT_ENDED: "the task has not ended yet",
  ASK_NOT_FOUND: "the task does not ask this, or asks no more",
  ASK_ANSWERED: "the question was answered before; the first answer counts",
  QUEUE_NOT_FOUND: "there is no such queue",
  TASK_NAME_UNKNOWN: "no worker ever registered this task name",
  WORKER_ID_IN_USE: "another live worker has this id; give each worker its own",
  SESSION_LOST: "the worker's session is over; its leases went to others",
  BROKER_UNAVAILABLE: "the broker can't be reached; start one with `qtasks serve`",
  BROKER_DRAINING: "the broker is going away; connect again",
  STORAGE_UNAVAILABLE:
    "the broker can't reach its storage; it goes on when the storage is back",
  UNAUTHENTICATED: "the broker wants a token or certificate, or does not take this one",
  PERMISSION_DENIED: "the broker does not let this caller do that",
  DEADLINE_EXCEEDED: "the answer did not come in time",
  SETTINGS: "a setting has a value it can't have",
  CLIENT_CLOSED: "the client was closed",
  UNSERIALIZABLE: "a value can't be turned into the form it should travel in",
  DUPLICATE_TASK: "the worker already has a task of this name",
  TASK_FAILED: "the task ended with an error",
  TASK_CANCELLED: "the task was cancelled",
  TASK_TIMED_OUT: "the task ran too long",
  RESULT_TIMEOUT: "the task did not end in the time given",
  ASK_TIMEOUT: "nobody answered in the time given",
  LEASE_LOST: "the lease is lost: another worker may run the task",
  WORKER_STOPS: "the worker stops",
} as const;

/** Known reasons; a newer broker may send others. */
export type Reason = keyof typeof MESSAGES | (string & {});

/** Something went wrong in qtasks; `reason` says what, for programs. */
export class QtasksError extends Error {
  override readonly name: string = "QtasksError";
  readonly reason: Reason;
  /** More facts, for programs. */
  readonly facts: Readonly<Record<string, string>>;
  /** The request field that is wrong, or empty. */
  readonly field: string;

  constructor(
    reason: Reason,
    message = "",
    more: { field?: string; facts?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message || MESSAGES[reason as keyof typeof MESSAGES] || reason, {
      cause: more.cause,
    });
    this.reason = reason;
    this.field = more.field ?? "";
    this.facts = more.facts ?? {};
  }
}

/** Why an attempt failed, whatever the language of its worker. */
export interface Failure {
  /** The name of the error's type in the worker's language. */
  kind: string;
  message: string;
  /** The stack in the worker's own format. */
  traceback: string;
  /** `RAISED`, `TIMED_OUT`, `WORKER_LOST`, `REJECTED` or `RESULT_INVALID`. */
  reason: string;
  retryable: boolean;
  details: Record<string, string>;
  cause?: Failure;
}

/** The task ended with an error. */
export class TaskFailed extends QtasksError {
  override readonly name = "TaskFailed";

  constructor(
    readonly taskId: string,
    readonly failure: Failure,
  ) {
    const { kind, message, reason } = failure;
    super("TASK_FAILED", `${kind}: ${message}`, { facts: { kind, message, reason } });
  }
}

/** The task was cancelled, or expired. */
export class TaskCancelled extends QtasksError {
  override readonly name = "TaskCancelled";

  constructor(
    readonly taskId: string,
    readonly cancelReason: string,
  ) {
    super("TASK_CANCELLED", cancelReason, { facts: { reason: cancelReason } });
  }
}

/** The task did not end in the time given; it goes on. */
export class ResultTimeout extends QtasksError {
  override readonly name = "ResultTimeout";

  constructor(readonly taskId: string) {
    super("RESULT_TIMEOUT");
  }
}

const GONE = new Set<Reason>([
  "BROKER_UNAVAILABLE",
  "BROKER_DRAINING",
  "STORAGE_UNAVAILABLE",
]);

/** Whether the error may be over when the call is made again. */
export function isGone(error: QtasksError): boolean {
  return GONE.has(error.reason);
}
