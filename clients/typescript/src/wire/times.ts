// Lengths and moments as they travel, and timers that can be longer than Node's.

import { create } from "@bufbuild/protobuf";
import {
  type Duration,
  DurationSchema,
  type Timestamp,
  timestampDate,
  timestampFromDate,
} from "@bufbuild/protobuf/wkt";
import { QtasksError } from "../errors.js";

/** A length in seconds as it travels. */
export function duration(seconds: number, field: string): Duration {
  // The longest that the wire knows is 10,000 years.
  if (!(Math.abs(seconds) <= 315_576_000_000)) {
    throw new QtasksError("OUT_OF_RANGE", `${field} can't be ${seconds}`, { field });
  }
  const whole = Math.trunc(seconds);
  return create(DurationSchema, {
    seconds: BigInt(whole),
    nanos: Math.trunc((seconds - whole) * 1e9),
  });
}

/** A length in seconds; `undefined` when it is unset. */
export function seconds(length: Duration): number;
export function seconds(length: Duration | undefined): number | undefined;
export function seconds(length: Duration | undefined): number | undefined {
  return length && Number(length.seconds) + length.nanos / 1e9;
}

/** A moment as it travels; a number means so many seconds from now. */
export function moment(when: Date | number, field: string): Timestamp {
  const date = typeof when === "number" ? new Date(Date.now() + when * 1000) : when;
  if (Number.isNaN(date.getTime())) {
    throw new QtasksError("OUT_OF_RANGE", `${field} is too far away`, { field });
  }
  return timestampFromDate(date);
}

/** A moment; `undefined` when it is unset. */
export function date(moment: Timestamp | undefined): Date | undefined {
  return moment && timestampDate(moment);
}

/** The monotonic clock, in seconds. */
export function now(): number {
  return performance.now() / 1000;
}

/** The longest timer of Node; a longer one would end at once. */
const MAX_TIMER = 2 ** 31 - 1;

/** Call something after so many seconds, however many; returns what calls it off. */
export function after(seconds: number, call: () => void): () => void {
  const end = performance.now() + seconds * 1000;
  let timer: NodeJS.Timeout;
  const arm = () => {
    const left = Math.max(0, end - performance.now());
    timer = setTimeout(left > MAX_TIMER ? arm : call, Math.min(left, MAX_TIMER));
  };
  arm();
  return () => clearTimeout(timer);
}

/** Wait; ends early, without an error, when one of the signals aborts. */
export function sleep(
  seconds: number,
  ...signals: (AbortSignal | undefined)[]
): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      cancel();
      for (const signal of signals) {
        signal?.removeEventListener("abort", wake);
      }
      resolve();
    };
    const cancel = after(seconds, wake);
    for (const signal of signals) {
      signal?.addEventListener("abort", wake);
    }
    if (signals.some((signal) => signal?.aborted)) {
      wake();
    }
  });
}
