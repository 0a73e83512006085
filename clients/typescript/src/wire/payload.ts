// Values as they travel: JSON, in which integers keep all their digits, or bytes.

import { create } from "@bufbuild/protobuf";
import * as lossless from "lossless-json";
import { QtasksError } from "../errors.js";
import { type Payload, PayloadSchema } from "../gen/qtasks/v1/payload_pb.js";

/** The most bytes of arguments, named arguments or a result, unless the broker differs. */
export const MAX_PAYLOAD = 1024 * 1024;
/** The most bytes of a task as a whole. */
export const MAX_TASK = 1.5 * 1024 * 1024;
/** The most bytes of a yielded value, a question or an answer; the rest is its frame. */
export const MAX_EVENT = 256 * 1024 - 1024;

/** A value in an encoding of the user's own, which nobody on the way looks into. */
export class Encoded {
  constructor(
    readonly data: Uint8Array,
    readonly encoding: string,
  ) {}
}

/**
 * A value as a payload: `Encoded` as its bytes, everything else as JSON.
 *
 * @throws QtasksError `UNSERIALIZABLE`: it has no form in JSON.
 */
export function encode(value: unknown): Payload {
  return value instanceof Encoded
    ? create(PayloadSchema, {
        body: { case: "data", value: value.data },
        encoding: value.encoding,
      })
    : create(PayloadSchema, { body: { case: "json", value: stringify(value) } });
}

/** The value of a payload; integers that a number can't hold are a `bigint`. */
export function decode(payload: Payload | undefined): unknown {
  switch (payload?.body.case) {
    case "json":
      return parse(payload.body.value);
    case "data":
      return new Encoded(payload.body.value, payload.encoding);
    default:
      return null;
  }
}

/** How many bytes a payload's value has. */
export function sizeOf(payload: Payload | undefined): number {
  switch (payload?.body.case) {
    case "json":
      return Buffer.byteLength(payload.body.value);
    case "data":
      return payload.body.value.length;
    default:
      return 0;
  }
}

/** The payload, if it is small enough to be sent. */
export function limited(payload: Payload, field: string, limit: number): Payload {
  const size = sizeOf(payload);
  if (size > limit) {
    throw new QtasksError(
      "PAYLOAD_TOO_LARGE",
      `${field} has ${size} bytes, more than ${limit}; store it elsewhere and send a reference`,
      { field, facts: { limit: String(limit) } },
    );
  }
  return payload;
}

/** A value as JSON; `undefined` is `null`. */
export function stringify(value: unknown): string {
  let big = false;
  try {
    const text = JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === "number" && !Number.isFinite(part)) {
        throw new TypeError(`JSON has no ${part}`);
      }
      if (typeof part !== "bigint") {
        return part;
      }
      big = true;
      return null;
    });
    return (big ? lossless.stringify(value) : text) ?? "null";
  } catch (cause) {
    throw new QtasksError("UNSERIALIZABLE", String(cause), { cause });
  }
}

/** Digits enough that a number may not hold them. */
const LONG = /\d{16}/;

/** The value that a JSON text stands for. */
export function parse(text: string): unknown {
  try {
    // The parser of the platform is many times faster.
    return LONG.test(text)
      ? lossless.parse(text, undefined, {
          parseNumber,
          onDuplicateKey: ({ newValue }) => newValue,
        })
      : JSON.parse(text);
  } catch (cause) {
    throw new QtasksError("INVALID_JSON", String(cause), { cause });
  }
}

function parseNumber(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(text) ? number : BigInt(text);
}
