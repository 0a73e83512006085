// What waits to be submitted goes together: while one request is under way, the next one
// grows by itself; it never waits for more.

import { QtasksError } from "../errors.js";
import type { TaskSubmit } from "../gen/qtasks/v1/task_pb.js";
import { type Receipt, TaskService } from "../gen/qtasks/v1/task_service_pb.js";
import type { Broker, CallOptions } from "../wire/broker.js";
import { sizeOfTask } from "./requests.js";

/** Tasks of a request: enough that its own cost does not count. */
const MAX_TASKS = 500;
const MAX_BYTES = 2 * 1024 * 1024;

interface Waiting {
  task: TaskSubmit;
  size: number;
  resolve(receipt: Receipt): void;
  reject(error: unknown): void;
}

/** Submits tasks; concurrent callers share a request. */
export class Submitter {
  readonly #broker: Broker;
  #waiting: Waiting[] = [];
  #busy = false;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Store a task. Who gives up leaves it in, unless it still waits. */
  submit(task: TaskSubmit, { signal, timeout }: CallOptions = {}): Promise<Receipt> {
    const limits = [
      ...(signal ? [signal] : []),
      ...(timeout === undefined ? [] : [AbortSignal.timeout(timeout * 1000)]),
    ];
    return new Promise((resolve, reject) => {
      this.#broker.check(signal);
      const waiting: Waiting = { task, size: sizeOfTask(task), resolve, reject };
      for (const limit of limits) {
        const giveUp = () => {
          this.#waiting = this.#waiting.filter((one) => one !== waiting);
          const timedOut = limit !== signal;
          reject(timedOut ? new QtasksError("DEADLINE_EXCEEDED") : limit.reason);
        };
        limit.addEventListener("abort", giveUp, { once: true });
        const ended = () => limit.removeEventListener("abort", giveUp);
        waiting.resolve = chained(ended, waiting.resolve);
        waiting.reject = chained(ended, waiting.reject);
      }
      this.#waiting.push(waiting);
      void this.#send();
    });
  }

  async #send(): Promise<void> {
    if (this.#busy) {
      return;
    }
    this.#busy = true;
    await undefined; // all that is submitted in this turn goes together
    while (this.#waiting.length > 0) {
      await this.#sendBatch(this.#take());
    }
    this.#busy = false;
  }

  async #sendBatch(batch: Waiting[]): Promise<void> {
    try {
      const request = { tasks: batch.map((one) => one.task) };
      const { receipts } = await this.#broker.call(TaskService.method.submit, request);
      batch.forEach((one, place) => {
        const receipt = receipts[place];
        if (receipt === undefined) {
          one.reject(new QtasksError("PROTOCOL_VIOLATION", "a receipt is missing"));
        } else {
          one.resolve(receipt);
        }
      });
    } catch (error) {
      for (const one of batch) {
        one.reject(error);
      }
    }
  }

  #take(): Waiting[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((one, place) => {
      bytes += one.size;
      return place > 0 && (place >= MAX_TASKS || bytes > MAX_BYTES);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }
}

function chained<T>(first: () => void, then: (value: T) => void): (value: T) => void {
  return (value) => {
    first();
    then(value);
  };
}
