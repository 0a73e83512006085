// What running tasks have to say, until the connection takes it.

import type { TaskEvent } from "../gen/qtasks/v1/event_pb.js";
import type { Settle } from "../gen/qtasks/v1/worker_service_pb.js";
import type { Token } from "./leases.js";

const MAX_EVENTS = 512;
const MAX_BYTES = 4 * 1024 * 1024;
/** Past this many times the bounds, log lines and progress are dropped, not kept. */
const HARD_FACTOR = 2;
/** Bytes a message takes beside its payload, roughly. */
const OVERHEAD = 64;

/** An event or an outcome. */
export type Item = { token: Token; size: number } & (
  | { event: TaskEvent; settle?: undefined }
  | { event?: undefined; settle: Settle }
);

/**
 * What running tasks have to say. Events are bounded: who sends many waits for room.
 * Outcomes are not counted, there is one a held task.
 */
export class Outbox {
  #items: Item[] = [];
  #events = 0;
  #bytes = 0;
  #waiting = new Set<() => void>();

  constructor(private readonly onPut: () => void) {}

  get empty(): boolean {
    return this.#items.length === 0;
  }

  /** Whether events should wait. */
  get crowded(): boolean {
    return this.#events >= MAX_EVENTS || this.#bytes >= MAX_BYTES;
  }

  /** Whether events that may be lost should be. */
  get overcrowded(): boolean {
    return (
      this.#events >= HARD_FACTOR * MAX_EVENTS || this.#bytes >= HARD_FACTOR * MAX_BYTES
    );
  }

  put(item: Item): void {
    if (item.event !== undefined) {
      this.#events += 1;
      this.#bytes += item.size;
    }
    this.#items.push(item);
    this.onPut();
  }

  /** What waits, oldest first, up to about this many bytes. */
  take(maxBytes: number): Item[] {
    let size = 0;
    let count = 0;
    for (const item of this.#items) {
      if (size >= maxBytes) {
        break;
      }
      count += 1;
      size += item.size + OVERHEAD;
      if (item.event !== undefined) {
        this.#events -= 1;
        this.#bytes -= item.size;
      }
    }
    const taken = this.#items.splice(0, count);
    if (!this.crowded) {
      for (const wake of this.#waiting) {
        wake();
      }
    }
    return taken;
  }

  /** Wait until there is room; ends early when the signal aborts. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.crowded && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener("abort", wake);
      });
    }
  }
}
