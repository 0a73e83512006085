// One run of a task, from its start to its outcome.

import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { QtasksError, TaskCancelled } from "../errors.js";
import { LogLevel, LogLineSchema, TaskEventSchema } from "../gen/qtasks/v1/event_pb.js";
import type { Payload } from "../gen/qtasks/v1/payload_pb.js";
import { FailureSchema } from "../gen/qtasks/v1/task_pb.js";
import { SettleSchema } from "../gen/qtasks/v1/worker_service_pb.js";
import { decode, encode, limited, MAX_EVENT, sizeOf } from "../wire/payload.js";
import { after, duration, moment } from "../wire/times.js";
import type { WorkerConnection } from "./connection.js";
import type { Level, TaskContext } from "./context.js";
import {
  cut,
  MAX_MESSAGE,
  RetryAfter,
  raised,
  resultInvalid,
  timedOut,
} from "./failures.js";
import type { Lease } from "./leases.js";

/** Characters of a log line; more are cut. Without its fields it fits into an event. */
const MAX_LINE = 64 * 1024;
/** Milliseconds a generator may keep the loop before others get their turn. */
const MAX_TURN = 2;

/** Why an attempt is told to stop. */
export type Stop = "cancel" | "timeout" | "lost" | "shutdown";

type Outcome = MessageInitShape<typeof SettleSchema>;

/** One run of a task: what its function sees, and the runner steers. */
export class Attempt implements TaskContext {
  kwargs: Readonly<Record<string, unknown>> = {};
  /** Whether the outcome was sent, or interests nobody. */
  settled = false;
  readonly #abort = new AbortController();
  readonly #answers = new Map<string, (value: Payload | undefined) => void>();
  #stop: { why: Stop; text: string } | undefined;
  #dropped = 0;

  constructor(
    private readonly lease: Lease,
    private readonly connection: WorkerConnection,
  ) {
    setMaxListeners(0, this.signal); // of the task's own calls
  }

  get id(): string {
    return this.lease.assign.task?.id ?? "";
  }

  get name(): string {
    return this.lease.assign.task?.name ?? "";
  }

  get attempt(): number {
    return this.lease.assign.attempt;
  }

  get metadata(): Readonly<Record<string, string>> {
    return this.lease.assign.task?.metadata ?? {};
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  // -- what the runner does -----------------------------------------------------------

  /** Tell it to stop; false when it was told before. */
  stop(why: Stop, text: string): boolean {
    const first = this.#stop === undefined;
    if (first || why === "lost") {
      this.#stop = { why, text }; // losing the lease makes every other outcome pointless
    }
    if (first) {
      this.#abort.abort(this.#reason(why, text));
    }
    return first;
  }

  #reason(why: Stop, text: string): QtasksError {
    switch (why) {
      case "cancel":
        return new TaskCancelled(this.id, text);
      case "timeout":
        return new QtasksError("TASK_TIMED_OUT", text);
      case "lost":
        return new QtasksError("LEASE_LOST", text);
      case "shutdown":
        return new QtasksError("WORKER_STOPS", text);
    }
  }

  /** Pass on the answer to a question. */
  answered(askId: string, value: Payload | undefined): void {
    this.#answers.get(askId)?.(value);
  }

  /** Run a function or generator to its end; its result. */
  async drive(call: () => unknown): Promise<unknown> {
    const made = await call();
    return isGenerator(made) ? this.#iterate(made) : made;
  }

  async #iterate(generator: AsyncGenerator | Generator): Promise<unknown> {
    let turn = performance.now();
    let step = await generator.next();
    while (!step.done) {
      let wrong: unknown;
      try {
        this.#yield(step.value);
      } catch (error) {
        wrong = error;
      }
      if (this.connection.outbox.crowded) {
        await this.connection.outbox.room(this.signal);
      }
      if (performance.now() - turn > MAX_TURN) {
        await setImmediate(); // promises alone would let nobody else have a turn
        turn = performance.now();
      }
      if (this.signal.aborted) {
        await generator.return(undefined);
        throw this.signal.reason;
      }
      step = await (wrong === undefined ? generator.next() : generator.throw(wrong));
    }
    return step.value;
  }

  // -- how it ends --------------------------------------------------------------------

  /** Report that it returned. */
  returned(value: unknown): void {
    if (this.#stop !== undefined) {
      this.stopped();
      return;
    }
    try {
      const result = limited(encode(value), "result", this.connection.maxPayload);
      this.settle({ outcome: { case: "result", value: result } }, sizeOf(result));
    } catch (error) {
      if (!(error instanceof QtasksError)) {
        throw error;
      }
      this.settle({ outcome: { case: "failure", value: resultInvalid(error) } });
    }
  }

  /** Report that it raised. */
  failed(error: unknown): void {
    if (this.#stop !== undefined) {
      this.stopped();
      return;
    }
    const failure = raised(error);
    this.settle(
      {
        outcome: { case: "failure", value: failure },
        ...(error instanceof RetryAfter && {
          retryDelay: duration(Math.max(0, error.seconds), "retry_delay"),
        }),
      },
      toBinary(FailureSchema, failure).length,
    );
  }

  /** Report that it was stopped; `overrun` when it took no notice. */
  stopped(overrun = false): void {
    const { why, text } = this.#stop ?? { why: "shutdown", text: "" };
    switch (why) {
      case "cancel":
        this.settle({ outcome: { case: "cancelled", value: text } });
        break;
      case "timeout":
        this.settle({ outcome: { case: "failure", value: timedOut(text, overrun) } });
        break;
      default:
        this.settle({ outcome: { case: "givenBack", value: { reason: text } } });
    }
  }

  /** Send the outcome, unless it was sent. */
  settle(outcome: Outcome, size = 0): void {
    if (this.settled) {
      return;
    }
    this.settled = true;
    const { token, assign } = this.lease;
    this.connection.frames.begun.delete(token);
    if (this.#stop?.why !== "lost" && assign.lease !== undefined) {
      const settle = create(SettleSchema, { ...outcome, lease: assign.lease });
      this.connection.outbox.put({ token, size, settle });
    }
  }

  // -- what the task says -------------------------------------------------------------

  async ask<T>(prompt: unknown, { timeout }: { timeout?: number } = {}): Promise<T> {
    this.signal.throwIfAborted();
    // Unique over attempts: a late reply must not answer the next attempt's question.
    const askId = randomUUID();
    const question = limited(encode(prompt), "prompt", MAX_EVENT);
    this.#send(
      {
        case: "asked",
        value: {
          askId,
          prompt: question,
          ...(timeout !== undefined && { deadline: moment(timeout, "deadline") }),
        },
      },
      sizeOf(question),
    );
    let cancel = () => {};
    let onStop = () => {};
    try {
      const answer = await new Promise<Payload | undefined>((resolve, reject) => {
        this.#answers.set(askId, resolve);
        onStop = () => reject(this.signal.reason);
        this.signal.addEventListener("abort", onStop);
        if (timeout !== undefined) {
          cancel = after(timeout, () => reject(new QtasksError("ASK_TIMEOUT")));
        }
      });
      return decode(answer) as T;
    } finally {
      cancel();
      this.signal.removeEventListener("abort", onStop);
      this.#answers.delete(askId);
    }
  }

  log(
    message: string,
    fields: Record<string, unknown> = {},
    level: Level = "info",
  ): Promise<void> {
    const line = create(LogLineSchema, {
      level: LogLevel[level.toUpperCase() as keyof typeof LogLevel],
      message: cut(message, MAX_LINE),
      logger: this.name,
      fields: Object.fromEntries(
        Object.entries(fields).map(([key, value]) => [
          cut(key, MAX_MESSAGE),
          cut(String(value), MAX_MESSAGE),
        ]),
      ),
    });
    let size = toBinary(LogLineSchema, line).length;
    if (size > MAX_EVENT) {
      // For an event that is too large the broker would end the worker's stream.
      line.fields = { left_out: "the fields, which are too large" };
      size = Buffer.byteLength(line.message);
    }
    if (this.#dropped > 0) {
      line.fields.dropped = String(this.#dropped);
    }
    return this.#sendOrDrop({ case: "log", value: line }, size);
  }

  progress(done: number, total = 0, note = ""): Promise<void> {
    const value = { done, total, note: cut(note, MAX_MESSAGE) };
    return this.#sendOrDrop({ case: "progress", value }, Buffer.byteLength(value.note));
  }

  #yield(value: unknown): void {
    const payload = limited(encode(value), "value", MAX_EVENT);
    this.#send({ case: "yielded", value: { value: payload } }, sizeOf(payload));
  }

  /** Who does not wait for room must not fill the memory. */
  #sendOrDrop(event: TaskEventInit, size: number): Promise<void> {
    const { outbox } = this.connection;
    if (outbox.overcrowded) {
      this.#dropped += 1;
    } else {
      if (event.case === "log") {
        this.#dropped = 0;
      }
      this.#send(event, size);
    }
    return outbox.room(this.signal);
  }

  #send(event: TaskEventInit, size: number): void {
    if (!this.settled) {
      const { token } = this.lease;
      this.connection.outbox.put({
        token,
        size,
        event: create(TaskEventSchema, { event }),
      });
    }
  }
}

type TaskEventInit = NonNullable<
  Extract<MessageInitShape<typeof TaskEventSchema>, { $typeName?: never }>["event"]
>;

function isGenerator(value: unknown): value is AsyncGenerator | Generator {
  const kind = Object.prototype.toString.call(value);
  return kind === "[object AsyncGenerator]" || kind === "[object Generator]";
}
