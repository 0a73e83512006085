// What a task raised, as it travels.

import { create } from "@bufbuild/protobuf";
import { QtasksError } from "../errors.js";
import {
  type Failure,
  FailureReason,
  FailureSchema,
} from "../gen/qtasks/v1/task_pb.js";
import type { Misfit } from "./arguments.js";

/** Characters of a message, a note, a field; of longer ones the end is kept. */
export const MAX_MESSAGE = 4_000;
const MAX_KIND = 256;
const MAX_TRACEBACK = 16_000;
const MAX_CAUSES = 3;
/** Ten years: brokers take longer delays for mistakes. */
const MAX_DELAY = 10 * 365 * 86_400;

/** Raise it in a task that would fail again: there is no other attempt. */
export class NoRetry extends Error {
  override readonly name: string = "NoRetry";
}

/** Raise it to have the task tried again, if an attempt is left, after a while. */
export class RetryAfter extends Error {
  override readonly name: string = "RetryAfter";

  /** @throws QtasksError `OUT_OF_RANGE`: it is longer than ten years, or no number. */
  constructor(
    /** Whatever the policy's backoff. */
    readonly seconds: number,
    message = "try again later",
    options?: ErrorOptions,
  ) {
    super(message, options);
    if (!(seconds <= MAX_DELAY)) {
      const field = "retry_delay";
      throw new QtasksError("OUT_OF_RANGE", `${field} can't be ${seconds}`, { field });
    }
  }
}

/** What a task raised. */
export function raised(error: unknown): Failure {
  const failure = failureOf(error, MAX_CAUSES);
  failure.reason = FailureReason.RAISED;
  failure.retryable = !(error instanceof NoRetry);
  return failure;
}

/** A task ran too long; `overrun` when it also did not stop when it was told to. */
export function timedOut(message: string, overrun: boolean): Failure {
  return create(FailureSchema, {
    kind: "TimeoutError",
    message,
    reason: FailureReason.TIMED_OUT,
    retryable: true,
    details: overrun ? { overrun: "true" } : {},
  });
}

/** A task could not be called. */
export function rejected({ kind, message, parameter }: Misfit): Failure {
  const details = parameter ? { parameter } : {};
  const reason = FailureReason.REJECTED;
  return create(FailureSchema, {
    kind,
    message,
    reason,
    details: details as Record<string, string>,
  });
}

/** A result could not travel. */
export function resultInvalid(error: QtasksError): Failure {
  return create(FailureSchema, {
    kind: error.reason,
    message: cut(error.message, MAX_MESSAGE),
    reason: FailureReason.RESULT_INVALID,
  });
}

function failureOf(error: unknown, causes: number): Failure {
  if (!(error instanceof Error)) {
    return create(FailureSchema, {
      kind: typeof error,
      message: cut(textOf(error), MAX_MESSAGE),
    });
  }
  return create(FailureSchema, {
    kind: cut(textOf(error.name), MAX_KIND),
    message: cut(textOf(error.message), MAX_MESSAGE),
    traceback: cut(textOf(error.stack ?? ""), MAX_TRACEBACK),
    ...(error.cause !== undefined &&
      causes > 0 && { cause: failureOf(error.cause, causes - 1) }),
  });
}

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "(its message can't be shown)";
  }
}

/** The text, or as much of its end as is allowed. */
export function cut(text: string, most: number): string {
  return (text.length > most ? `... ${text.slice(-most)}` : text).toWellFormed();
}
