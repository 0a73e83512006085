// What a program calls: submit tasks, follow them, steer them.

import { setMaxListeners } from "node:events";
import type {
  DescMessage,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { QtasksError } from "../errors.js";
import { type Stats, StatsService } from "../gen/qtasks/v1/stats_service_pb.js";
import { TaskService } from "../gen/qtasks/v1/task_service_pb.js";
import { WorkerService } from "../gen/qtasks/v1/worker_service_pb.js";
import { Broker, type BrokerOptions, type CallOptions } from "../wire/broker.js";
import type { Encoded } from "../wire/payload.js";
import { errorOf, errorOfItem } from "../wire/status.js";
import type { Event } from "./events.js";
import { Follower } from "./follower.js";
import { follow } from "./following.js";
import { type SubmitOptions, sizeOfTask, taskSubmit } from "./requests.js";
import { type State, type Status, statusOf, wireState } from "./status.js";
import { Submitter } from "./submitter.js";
import { Task } from "./task.js";

/** How a client is set up. */
export interface ClientOptions extends BrokerOptions {
  /** The app whose tasks it submits; `QueueTasks` if none is given. */
  app?: string;
}

/** A task of `submitMany`. */
export interface Call extends SubmitOptions {
  name: string;
  args?: readonly unknown[] | Encoded;
}

/** How to run. */
export interface RunOptions extends SubmitOptions {
  /** Leaves the iteration; the task goes on, unless `cancelOnDisconnect` is set. */
  signal?: AbortSignal;
  /** Cancel the task when the call ends before it, also by a broken connection. */
  cancelOnDisconnect?: boolean;
}

/** Which tasks to list; all that is set must match. */
export interface ListOptions {
  states?: State[];
  queue?: string;
  name?: string;
  group?: string;
  tag?: string;
  /** At most this many. */
  limit?: number;
  signal?: AbortSignal;
}

const PAGE = 100;

/**
 * A client of the brokers at a url: `grpc://HOST:PORT`, with TLS `grpcs://HOST:PORT`,
 * several hosts parted by commas. Without one, `QTASKS_BROKER_URL`, else a broker on this
 * machine. Connects when it is first used.
 *
 * Lengths are in seconds. What fails raises a `QtasksError`, and an aborted signal its
 * own reason.
 */
export class Client {
  readonly app: string;
  readonly #broker: Broker;
  readonly #submitter: Submitter;
  readonly #follower: Follower;

  constructor(url?: string, options: ClientOptions = {}) {
    this.app = options.app ?? "";
    this.#broker = new Broker(url, options);
    this.#submitter = new Submitter(this.#broker);
    this.#follower = new Follower(this.#broker);
  }

  /** Close the connections; calls under way raise `CLIENT_CLOSED`. */
  close(): void {
    this.#broker.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Make any call of the wire, for example `StatsService.method.listWorkers`. What must
   * not be done twice is not repeated when an answer is lost, unless it is `repeatable`.
   */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    { repeatable = false, ...options }: CallOptions & { repeatable?: boolean } = {},
  ): Promise<MessageShape<O>> {
    return this.#broker.call(method, request, options, repeatable);
  }

  /** Store a task: when it returns, the task survives the death of every process. */
  async submit(
    name: string,
    args: readonly unknown[] | Encoded = [],
    options: SubmitOptions & CallOptions = {},
  ): Promise<Task> {
    return this.#submit(name, args, options, 0);
  }

  /** Store tasks: for each, in order, the task or why it was refused. */
  async submitMany(
    calls: readonly Call[],
    options: CallOptions = {},
  ): Promise<(Task | QtasksError)[]> {
    if (options.signal !== undefined) {
      setMaxListeners(0, options.signal); // one for each
    }
    return Promise.all(
      calls.map(async ({ name, args = [], ...rest }, place) => {
        try {
          return await this.#submit(name, args, { ...rest, ...options }, place);
        } catch (error) {
          this.#broker.check(options.signal);
          return errorOf(error);
        }
      }),
    );
  }

  /** Submit a task and follow it to its end, in one call; see `Task.watch`. */
  run(
    name: string,
    args: readonly unknown[] | Encoded = [],
    options: RunOptions = {},
  ): AsyncGenerator<Event, void, undefined> {
    const task = taskSubmit(this.app, name, args, options);
    sizeOfTask(task);
    const { signal, cancelOnDisconnect = false } = options;
    return follow(this.#broker, {
      id: task.id,
      submit: { task, cancelOnDisconnect },
      signal,
    });
  }

  /** A task by its id; nothing is asked of the broker yet. */
  task(id: string): Task {
    return new Task(this.#broker, this.#follower, id);
  }

  /** Tasks that match, newest first. */
  async *list(options: ListOptions = {}): AsyncGenerator<Status, void, undefined> {
    const { states = [], limit = Number.POSITIVE_INFINITY, signal, ...which } = options;
    const filter = { app: this.app, states: states.map(wireState), ...which };
    let left = limit;
    let pageToken = "";
    while (left > 0) {
      const request = { filter, pageSize: Math.min(left, PAGE), pageToken };
      const page = await this.#broker.call(
        TaskService.method.list,
        request,
        signal && { signal },
      );
      yield* page.tasks.map(statusOf);
      left -= page.tasks.length;
      pageToken = page.nextPageToken;
      if (!pageToken) {
        return;
      }
    }
  }

  /** Figures of the app; with `details` also by queue and task, and what runs. */
  async stats({
    details = false,
    ...options
  }: CallOptions & { details?: boolean } = {}): Promise<Stats> {
    const { stats } = await this.#broker.call(
      StatsService.method.getStats,
      { app: this.app, details },
      options,
    );
    if (stats === undefined) {
      throw new QtasksError("PROTOCOL_VIOLATION", "the answer has no figures");
    }
    return stats;
  }

  /** Let a worker finish what it runs and leave; how many tasks it holds. */
  async drainWorker(workerId: string, options?: CallOptions): Promise<number> {
    const { running } = await this.#broker.call(
      WorkerService.method.drainWorker,
      { app: this.app, workerId },
      options,
      false, // of a worker that has left the broker would say that there is none
    );
    return running;
  }

  async #submit(
    name: string,
    args: readonly unknown[] | Encoded,
    options: SubmitOptions & CallOptions,
    place: number,
  ): Promise<Task> {
    const task = taskSubmit(this.app, name, args, options);
    const { id, existing, error } = await this.#submitter.submit(task, options);
    if (error !== undefined) {
      // Its place among those of the caller, and not of all that were sent together.
      error.field = error.field.replace(/^tasks\[\d+\]/, `tasks[${place}]`);
      throw errorOfItem(error);
    }
    return new Task(this.#broker, this.#follower, id, existing);
  }
}
