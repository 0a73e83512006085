// What a worker driver serves and says.

import { EventEmitter, once } from "node:events";
import type { Interface } from "node:readline";
import {
  type Encoded,
  type Handler,
  NoRetry,
  QtasksError,
  type TaskContext,
  Worker,
  type WorkerOptions,
} from "../src/index.js";
import type { Document } from "./driver.js";

type Say = (document: Document) => void;

/** What tasks wait for: each release lets one pass, also one that comes later. */
class Gates {
  readonly #released = new Map<string, number>();
  readonly #opened = new EventEmitter();

  release(key: string): void {
    this.#released.set(key, (this.#released.get(key) ?? 0) + 1);
    this.#opened.emit(key);
  }

  /** Wait until a key is released; raises when the task should stop. */
  async pass(key: string, signal: AbortSignal): Promise<void> {
    while (!this.#released.get(key)) {
      await once(this.#opened, key, { signal });
    }
    this.#released.set(key, (this.#released.get(key) ?? 0) - 1);
  }
}

class MayRecover extends Error {
  override readonly name = "MayRecover";
}

/** Run the worker until a signal, the runner or the broker says to leave. */
export async function runWorker(
  broker: string,
  options: WorkerOptions,
  lines: Interface,
  say: Say,
): Promise<void> {
  const gates = new Gates();
  const worker = new Worker(broker, options);
  const serve = (name: string, handler: Handler, parameters?: string[]) =>
    worker.task(name, told(handler, say), parameters && { parameters });

  serve("echo", (task, ...args) =>
    args.length === 1 && Object.keys(task.kwargs).length === 0
      ? args[0]
      : [args, task.kwargs],
  );
  serve("add", (_, a: number | bigint, b: number | bigint) => sum(a, b), ["a", "b"]);
  serve(
    "count",
    function* (_, n: number) {
      for (let number = 0; number < n; number += 1) {
        yield number;
      }
      return n;
    },
    ["n"],
  );
  serve(
    "gated",
    async function* (task, key: string, n: number) {
      for (let number = 0; number < n; number += 1) {
        await gates.pass(key, task.signal);
        yield number;
      }
      return n;
    },
    ["key", "n"],
  );
  serve(
    "fail",
    (task, times: number, message: string) => {
      if (task.attempt <= times) {
        throw new MayRecover(message);
      }
      return task.attempt;
    },
    ["times", "message"],
  );
  serve(
    "reject",
    (_, message: string) => {
      throw new NoRetry(message);
    },
    ["message"],
  );
  serve("ask", (task, prompt: unknown) => task.ask(prompt), ["prompt"]);
  serve(
    "report",
    async (task, n: number) => {
      for (let step = 1; step <= n; step += 1) {
        await task.log(`step ${step}`, { step });
        await task.progress(step, n);
      }
    },
    ["n"],
  );
  serve(
    "tell",
    async (task, times: number, text: string) => {
      for (let step = 1; step <= times; step += 1) {
        await task.log(text, { text });
        await task.progress(step, times, text);
      }
    },
    ["times", "text"],
  );
  serve("text", (_, size: number) => "x".repeat(size), ["size"]);
  serve(
    "yield_text",
    function* (_, size: number) {
      yield "x".repeat(size);
    },
    ["size"],
  );
  serve("blob", (_, value: Encoded) => value);
  serve("nothing", () => null);

  lines.on("line", (line) => gates.release(JSON.parse(line).release));
  lines.on("close", () => void worker.stop());
  process.once("SIGTERM", () => void worker.stop());
  await worker.start();
  say({ ready: true });
  await worker.ended();
  say({ drained: true });
  lines.close();
}

/** A handler that says when it begins and how it ends. */
function told(handler: Handler, say: Say): Handler {
  return async function* (task: TaskContext, ...args) {
    const { id: taskId, attempt } = task;
    const lost = () => {
      const { reason } = task.signal;
      if (reason instanceof QtasksError && reason.reason === "LEASE_LOST") {
        say({ lost: { taskId } });
      }
    };
    task.signal.addEventListener("abort", lost);
    say({ started: { taskId, attempt } });
    let how = "cancelled"; // what it stays when it is ended while it yields
    try {
      const made = await handler(task, ...args);
      const result = isGenerator(made) ? yield* made : made;
      how = task.signal.aborted ? "cancelled" : "returned";
      return result;
    } catch (error) {
      how = task.signal.aborted ? "cancelled" : "failed";
      throw error;
    } finally {
      say({ ended: { taskId, attempt, how } });
    }
  };
}

function isGenerator(value: unknown): value is AsyncGenerator {
  return typeof value === "object" && value !== null && "next" in value;
}

function sum(a: number | bigint, b: number | bigint): number | bigint {
  const total = BigInt(a) + BigInt(b);
  return Number.isSafeInteger(Number(total)) ? Number(total) : total;
}
