// Statuses of gRPC as errors of ours.

import { Code, ConnectError } from "@connectrpc/connect";
import { QtasksError, type Reason } from "../errors.js";
import {
  BadRequestSchema,
  ErrorInfoSchema,
} from "../gen/google/rpc/error_details_pb.js";
import type { ItemError } from "../gen/qtasks/v1/task_service_pb.js";

const DOMAIN = "qtasks";

/** For statuses without a reason of ours: gRPC's own, or those of a proxy. */
const BY_CODE: Partial<Record<Code, Reason>> = {
  [Code.Unavailable]: "BROKER_UNAVAILABLE",
  // A server that stops cancels what it still answers.
  [Code.Canceled]: "BROKER_UNAVAILABLE",
  // The connection broke before there was a status.
  [Code.Aborted]: "BROKER_UNAVAILABLE",
  [Code.Internal]: "BROKER_UNAVAILABLE",
  [Code.DeadlineExceeded]: "DEADLINE_EXCEEDED",
  [Code.ResourceExhausted]: "PAYLOAD_TOO_LARGE",
  [Code.Unimplemented]: "PROTOCOL_MISMATCH",
  [Code.InvalidArgument]: "INVALID_FIELD",
  [Code.Unauthenticated]: "UNAUTHENTICATED",
  [Code.PermissionDenied]: "PERMISSION_DENIED",
};

/** The error that a failed call stands for. */
export function errorOf(error: unknown): QtasksError {
  if (error instanceof QtasksError) {
    return error;
  }
  const status = ConnectError.from(error);
  const info = status
    .findDetails(ErrorInfoSchema)
    .find((detail) => detail.domain === DOMAIN);
  if (info === undefined) {
    const reason = BY_CODE[status.code] ?? "INTERNAL";
    return new QtasksError(reason, status.rawMessage, { cause: error });
  }
  const violations = status
    .findDetails(BadRequestSchema)
    .flatMap((detail) => detail.fieldViolations);
  return new QtasksError(info.reason, status.rawMessage, {
    field: violations[0]?.field ?? "",
    facts: { ...info.metadata },
    cause: error,
  });
}

/** The error that an item of a batch stands for. */
export function errorOfItem(item: ItemError): QtasksError {
  return new QtasksError(item.reason, item.message, {
    field: item.field,
    facts: { ...item.metadata },
  });
}

/** Whether the call failed before anything of it was sent. */
export function isUnsent(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "EAI_AGAIN") {
      return true;
    }
  }
  return false;
}
