// A task that was submitted, or is known by its id.

import { QtasksError, TaskCancelled, TaskFailed } from "../errors.js";
import { type ExplainResponse, TaskService } from "../gen/qtasks/v1/task_service_pb.js";
import type { Broker, CallOptions } from "../wire/broker.js";
import { encode, limited, MAX_EVENT } from "../wire/payload.js";
import { errorOfItem } from "../wire/status.js";
import type { Event } from "./events.js";
import type { Follower } from "./follower.js";
import { follow } from "./following.js";
import { type State, type Status, stateOf, statusOf } from "./status.js";

/** How to watch. */
export interface WatchOptions {
  /** Events with greater numbers only; 0 means from the beginning. */
  after?: number;
  signal?: AbortSignal;
}

/** A task that was submitted, or is known by its id. */
export class Task {
  readonly #broker: Broker;
  readonly #follower: Follower;

  constructor(
    broker: Broker,
    follower: Follower,
    readonly id: string,
    /** True when the id or idempotency key was known, and nothing new was stored. */
    readonly existing = false,
  ) {
    this.#broker = broker;
    this.#follower = follower;
  }

  /** The task as it stands. */
  async status(options?: CallOptions): Promise<Status> {
    const { status } = await this.#broker.call(
      TaskService.method.get,
      { id: this.id },
      options,
    );
    if (status === undefined) {
      throw new QtasksError("PROTOCOL_VIOLATION", "the answer has no status");
    }
    return statusOf(status);
  }

  /**
   * What it returned, as soon as it has ended.
   *
   * @throws TaskFailed, TaskCancelled; ResultTimeout when `timeout` is over, and the task
   *   goes on.
   */
  async result<T = unknown>(options: CallOptions = {}): Promise<T> {
    const status = await this.ended(options);
    switch (status.state) {
      case "success":
        return status.result as T;
      case "error":
        if (status.failure !== undefined) {
          throw new TaskFailed(this.id, status.failure);
        }
        break;
      case "cancel":
        throw new TaskCancelled(this.id, status.cancelReason);
    }
    throw new QtasksError("PROTOCOL_VIOLATION", "the task ended without an outcome");
  }

  /** How it ended, as soon as it has; raises `ResultTimeout` as `result` does. */
  async ended(options: CallOptions = {}): Promise<Status> {
    return this.#follower.ended(this.id, options);
  }

  /** What happened, then what happens, to its end; goes on by itself after a break. */
  watch(options: WatchOptions = {}): AsyncGenerator<Event, void, undefined> {
    return follow(this.#broker, { id: this.id, ...options });
  }

  /** End it; where it stands now. A running one is told, and still runs. */
  async cancel(reason = "", options?: CallOptions): Promise<State> {
    const { results } = await this.#broker.call(
      TaskService.method.cancel,
      { ids: [this.id], reason },
      options,
    );
    const [result] = results;
    if (result === undefined || result.error !== undefined) {
      throw result?.error
        ? errorOfItem(result.error)
        : new QtasksError("PROTOCOL_VIOLATION");
    }
    return stateOf(result.state);
  }

  /** Answer a question; the number of the event. The first answer counts. */
  async reply(askId: string, value: unknown, options?: CallOptions): Promise<number> {
    const payload = limited(encode(value), "value", MAX_EVENT);
    const { seq } = await this.#broker.call(
      TaskService.method.reply,
      { id: this.id, askId, value: payload },
      options,
      false,
    );
    return Number(seq);
  }

  /** Why it does not run, or what it does; the first reason is the most decisive. */
  async explain(options?: CallOptions): Promise<ExplainResponse> {
    return this.#broker.call(TaskService.method.explain, { id: this.id }, options);
  }
}
