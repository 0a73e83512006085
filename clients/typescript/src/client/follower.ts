// Waits for the ends of tasks: however many a client waits for, they share one stream.

import { create } from "@bufbuild/protobuf";
import { isGone, QtasksError, ResultTimeout } from "../errors.js";
import {
  type SubscribeRequest,
  SubscribeRequestSchema,
  type SubscribeResponse,
  TaskService,
} from "../gen/qtasks/v1/task_service_pb.js";
import { Backoff } from "../wire/backoff.js";
import { Bell } from "../wire/bell.js";
import { type Broker, type CallOptions, FIRST_PATIENCE } from "../wire/broker.js";
import type { Channel } from "../wire/channel.js";
import { errorOf, errorOfItem } from "../wire/status.js";
import { after, sleep } from "../wire/times.js";
import { type Status, statusOf } from "./status.js";

/** Tasks that one message can ask to follow. */
const MAX_CHANGES = 4096;
/** Seconds the stream stays open when nobody waits; it keeps the process alive. */
const LINGER = 0.5;

interface Waiter {
  resolve(status: Status): void;
  reject(error: unknown): void;
}

/** Waits for the ends of tasks over one stream, opened again whenever it breaks. */
export class Follower {
  readonly #broker: Broker;
  readonly #waiting = new Map<string, Set<Waiter>>();
  readonly #bell = new Bell();
  #unsaid = new Set<string>();
  #dropped = new Set<string>();
  #running = false;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** How a task ended, as soon as it has; raises `ResultTimeout`. */
  ended(id: string, { signal, timeout }: CallOptions): Promise<Status> {
    return new Promise((resolve, reject) => {
      this.#broker.check(signal);
      const settled = () => {
        cancel();
        signal?.removeEventListener("abort", onAbort);
        this.#leave(id, waiter);
      };
      const waiter: Waiter = {
        resolve(status) {
          settled();
          resolve(status);
        },
        reject(error) {
          settled();
          reject(error);
        },
      };
      const onAbort = () => waiter.reject(signal?.reason);
      signal?.addEventListener("abort", onAbort);
      const cancel =
        timeout === undefined
          ? () => {}
          : after(timeout, () => waiter.reject(new ResultTimeout(id)));
      this.#join(id, waiter);
    });
  }

  #join(id: string, waiter: Waiter): void {
    const waiters = this.#waiting.get(id);
    if (waiters !== undefined) {
      waiters.add(waiter);
      return;
    }
    this.#waiting.set(id, new Set([waiter]));
    this.#unsaid.add(id);
    this.#dropped.delete(id);
    this.#bell.ring();
    if (!this.#running) {
      void this.#run();
    }
  }

  #leave(id: string, waiter: Waiter): void {
    const waiters = this.#waiting.get(id);
    waiters?.delete(waiter);
    if (waiters?.size === 0) {
      this.#waiting.delete(id);
      if (!this.#unsaid.delete(id)) {
        this.#dropped.add(id);
      }
      this.#bell.ring();
    }
  }

  async #run(): Promise<void> {
    this.#running = true;
    const waits = new Backoff();
    let since = performance.now();
    while (this.#waiting.size > 0) {
      const { channel } = this.#broker;
      try {
        await this.#follow(channel, () => waits.succeeded());
        since = performance.now();
      } catch (failed) {
        const error = errorOf(failed);
        const elapsed = (performance.now() - since) / 1000;
        const patient = this.#broker.reached || elapsed < FIRST_PATIENCE;
        if (this.#broker.closed.aborted) {
          this.#failAll(new QtasksError("CLIENT_CLOSED"));
        } else if (!isGone(error) || !patient) {
          this.#failAll(error);
        } else {
          this.#broker.gone(channel);
          await sleep(waits.delay(), this.#broker.closed);
        }
      }
    }
    this.#running = false;
  }

  async #follow(channel: Channel, heard: () => void): Promise<void> {
    this.#unsaid = new Set(this.#waiting.keys());
    this.#dropped.clear();
    const stream = { idle: false, over: false, abort: new AbortController() };
    const { signal } = stream.abort;
    const call = channel.bidi(TaskService.method.subscribe, this.#say(stream), {
      signal,
    });
    try {
      for await (const response of call) {
        this.#broker.found();
        heard();
        this.#hear(response);
      }
      throw new QtasksError("BROKER_UNAVAILABLE", "the broker ended the stream");
    } catch (error) {
      if (!stream.idle) {
        throw error;
      }
    } finally {
      stream.over = true;
      this.#bell.ring();
    }
  }

  /** What goes up; ends the stream when nobody waits for a while. */
  async *#say(stream: {
    idle: boolean;
    over: boolean;
    abort: AbortController;
  }): AsyncGenerator<SubscribeRequest, void, undefined> {
    while (!stream.over) {
      if (this.#unsaid.size > 0 || this.#dropped.size > 0) {
        yield this.#request();
      } else if (this.#waiting.size > 0) {
        await this.#bell.wait(Number.POSITIVE_INFINITY);
      } else if (await this.#nobodyComes()) {
        stream.idle = true;
        stream.abort.abort();
        return;
      }
    }
  }

  async #nobodyComes(): Promise<boolean> {
    await this.#bell.wait(LINGER);
    return this.#waiting.size === 0 && this.#dropped.size === 0;
  }

  #request(): SubscribeRequest {
    const add = [...this.#unsaid].slice(0, MAX_CHANGES);
    const remove = [...this.#dropped].slice(0, MAX_CHANGES);
    for (const id of add) {
      this.#unsaid.delete(id);
    }
    for (const id of remove) {
      this.#dropped.delete(id);
    }
    return create(SubscribeRequestSchema, {
      add: add.map((id) => ({ id, finishedOnly: true })),
      remove,
    });
  }

  #hear({ events, errors }: SubscribeResponse): void {
    for (const { taskId, event } of events) {
      if (event.case === "finished" && event.value.status !== undefined) {
        const status = statusOf(event.value.status);
        this.#settle(taskId, (waiter) => waiter.resolve(status));
      }
    }
    for (const { id, error } of errors) {
      if (error !== undefined) {
        this.#settle(id, (waiter) => waiter.reject(errorOfItem(error)));
      }
    }
  }

  #settle(id: string, tell: (waiter: Waiter) => void): void {
    const waiters = this.#waiting.get(id) ?? new Set();
    this.#waiting.delete(id); // following ends by itself
    waiters.forEach(tell);
  }

  #failAll(error: QtasksError): void {
    for (const id of [...this.#waiting.keys()]) {
      this.#settle(id, (waiter) => waiter.reject(error));
    }
  }
}
