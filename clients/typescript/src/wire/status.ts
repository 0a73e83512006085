// Statuses of gRPC as errors of ours.

import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { type Any, AnySchema, anyUnpack } from "@bufbuild/protobuf/wkt";
import { type ServiceError, status } from "@grpc/grpc-js";
import { QtasksError, type Reason } from "../errors.js";
import {
  BadRequestSchema,
  ErrorInfoSchema,
} from "../gen/google/rpc/error_details_pb.js";
import type { ItemError } from "../gen/qtasks/v1/task_service_pb.js";

const DOMAIN = "qtasks";
const DETAILS = "grpc-status-details-bin";
/** The number of the details in `google.rpc.Status`. */
const DETAILS_FIELD = 3;

/** For statuses without a reason of ours: gRPC's own, or those of a proxy. */
const BY_CODE: Partial<Record<status, Reason>> = {
  [status.UNAVAILABLE]: "BROKER_UNAVAILABLE",
  // A server that stops cancels what it still answers.
  [status.CANCELLED]: "BROKER_UNAVAILABLE",
  [status.DEADLINE_EXCEEDED]: "DEADLINE_EXCEEDED",
  [status.RESOURCE_EXHAUSTED]: "PAYLOAD_TOO_LARGE",
  [status.UNIMPLEMENTED]: "PROTOCOL_MISMATCH",
  [status.INVALID_ARGUMENT]: "INVALID_FIELD",
  [status.UNAUTHENTICATED]: "UNAUTHENTICATED",
  [status.PERMISSION_DENIED]: "PERMISSION_DENIED",
};

/** The error that a failed call stands for. */
export function errorOf(error: unknown): QtasksError {
  if (error instanceof QtasksError) {
    return error;
  }
  if (!isServiceError(error)) {
    return new QtasksError("INTERNAL", String(error), { cause: error });
  }
  const details = detailsOf(error);
  const info = unpacked(details, ErrorInfoSchema).find(
    ({ domain }) => domain === DOMAIN,
  );
  if (info === undefined) {
    const reason = brokeOff(error) ? "BROKER_UNAVAILABLE" : BY_CODE[error.code];
    return new QtasksError(reason ?? "INTERNAL", error.details, { cause: error });
  }
  const [violation] = unpacked(details, BadRequestSchema).flatMap(
    ({ fieldViolations }) => fieldViolations,
  );
  return new QtasksError(info.reason, error.details, {
    field: violation?.field ?? "",
    facts: { ...info.metadata },
    cause: error,
  });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && "metadata" in error;
}

/** Whether the connection broke in the middle: grpc-js says so as INTERNAL. */
function brokeOff({ code, metadata }: ServiceError): boolean {
  return code === status.INTERNAL && Object.keys(metadata.getMap()).length === 0;
}

/** The details of a status, read from the `google.rpc.Status` that carries them. */
function detailsOf({ metadata }: ServiceError): Any[] {
  const details: Any[] = [];
  for (const bytes of metadata.get(DETAILS)) {
    const reader = new BinaryReader(bytes as Buffer);
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag();
      if (field === DETAILS_FIELD) {
        details.push(fromBinary(AnySchema, reader.bytes()));
      } else {
        reader.skip(type);
      }
    }
  }
  return details;
}

function unpacked<Desc extends typeof ErrorInfoSchema | typeof BadRequestSchema>(
  details: Any[],
  schema: Desc,
) {
  return details.flatMap((detail) => anyUnpack(detail, schema) ?? []);
}

/** The error that an item of a batch stands for. */
export function errorOfItem(item: ItemError): QtasksError {
  return new QtasksError(item.reason, item.message, {
    field: item.field,
    facts: { ...item.metadata },
  });
}
