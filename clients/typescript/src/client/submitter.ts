// What waits to be submitted goes together: while one request is under way, the next one
// grows by itself; it never waits for more.

import { QtasksError } from "../errors.js";
import type { TaskSubmit } from "../gen/qtasks/v1/task_pb.js";
import { type Receipt, TaskService } from "../gen/qtasks/v1/task_service_pb.js";
import type { Broker, CallOptions } from "../wire/broker.js";
import { after } from "../wire/times.js";
import { sizeOfTask } from "./requests.js";

/** Tasks of a request: enough that its own cost does not count. */
const MAX_TASKS = 500;
const MAX_BYTES = 2 * 1024 * 1024;
/** Seconds until those who wait are freed from a broker that never answers. */
const MAX_REQUEST_TIME = 60;

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
    return new Promise((resolve, reject) => {
      this.#broker.check(signal);
      const size = sizeOfTask(task);
      const ended = () => {
        cancel();
        signal?.removeEventListener("abort", onAbort);
      };
      const waiting: Waiting = {
        task,
        size,
        resolve: chained(ended, resolve),
        reject: chained(ended, reject),
      };
      const giveUp = (why: unknown) => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        waiting.reject(why);
      };
      const onAbort = () => giveUp(signal?.reason);
      signal?.addEventListener("abort", onAbort);
      const cancel =
        timeout === undefined
          ? () => {}
          : after(timeout, () => giveUp(new QtasksError("DEADLINE_EXCEEDED")));
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
      const { receipts } = await this.#broker.call(TaskService.method.submit, request, {
        timeout: MAX_REQUEST_TIME,
      });
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
