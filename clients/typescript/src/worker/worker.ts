// A worker: serves tasks with functions of this program.

import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { create } from "@bufbuild/protobuf";
import { QtasksError } from "../errors.js";
import { type Hello, HelloSchema } from "../gen/qtasks/v1/worker_service_pb.js";
import { VERSION } from "../version.js";
import { Broker, type BrokerOptions } from "../wire/broker.js";
import { errorOf } from "../wire/status.js";
import { sleep } from "../wire/times.js";
import { WorkerConnection } from "./connection.js";
import { type Logger, QUIET } from "./logger.js";
import { Runner } from "./runner.js";
import {
  type Definition,
  definition,
  type Handler,
  type TaskOptions,
} from "./tasks.js";

/** How a worker is set up. Lengths are in seconds. */
export interface WorkerOptions extends BrokerOptions {
  /** The app it works for; `QueueTasks` if none is given. */
  app?: string;
  /** Names it for people; no other live worker may have it. Made if none is given. */
  id?: string;
  /** The queues it takes from; `default` and those of its tasks if none are given. */
  queues?: string[];
  /** How many tasks run at once (10). */
  slots?: number;
  /** How long running tasks may go on when it stops (30). */
  drainTimeout?: number;
  /** How long a task has to end, once it is told to (2). */
  cancelGrace?: number;
  /** The most bytes of arguments to hold at once (64 MiB). */
  creditBytes?: number;
  /** Warnings and errors go to standard error if none is given. */
  logger?: Logger;
}

const PROTOCOL = { major: 1, minor: 0 };
/** Seconds the last reports may take to be stored. */
const FLUSH_TIMEOUT = 5;

/**
 * A worker of the brokers at a url; see `Client` for urls.
 *
 * Tasks run in this program's event loop, and so does the connection: one that computes
 * for seconds without a pause belongs into a `worker_thread`, or the broker takes the
 * worker for lost and gives its tasks to others.
 */
export class Worker {
  readonly id: string;
  readonly #broker: Broker;
  readonly #options: WorkerOptions;
  readonly #logger: Logger;
  readonly #tasks = new Map<string, Definition>();
  #life: Life | undefined;

  constructor(url?: string, options: WorkerOptions = {}) {
    this.id =
      options.id ?? `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
    this.#broker = new Broker(url, options);
    this.#options = options;
    this.#logger = options.logger ?? QUIET;
  }

  /** Serve a task; before the worker starts. */
  task(name: string, handler: Handler, options: TaskOptions = {}): this {
    if (this.#tasks.has(name)) {
      throw new QtasksError("DUPLICATE_TASK", `there is a task ${name} already`);
    }
    this.#tasks.set(name, definition(name, handler, options));
    return this;
  }

  /**
   * Run until SIGTERM or SIGINT, or somebody drains the worker: then it takes no more,
   * finishes what runs, and leaves. A second signal gives back what still runs.
   *
   * @throws QtasksError the broker refuses the worker.
   */
  async run({
    signals = ["SIGTERM", "SIGINT"] as NodeJS.Signals[],
  } = {}): Promise<void> {
    const onSignal = () => this.#life?.stop();
    for (const signal of signals) {
      process.on(signal, onSignal);
    }
    try {
      await this.start();
      await this.ended();
    } finally {
      for (const signal of signals) {
        process.off(signal, onSignal);
      }
    }
  }

  /** Start, and return when a broker welcomed the worker; raises why it was refused. */
  async start(): Promise<void> {
    if (this.#life !== undefined) {
      throw new QtasksError("SETTINGS", "the worker was started before");
    }
    this.#life = new Life(this.#hello(), this.#tasks, this.#broker, {
      slots: this.#slots,
      logger: this.#logger,
      cancelGrace: this.#options.cancelGrace ?? 2,
      drainTimeout: this.#options.drainTimeout ?? 30,
    });
    await this.#life.welcomed;
  }

  /** Wait until it has left; raises why the broker refused it. */
  async ended(): Promise<void> {
    await this.#life?.ended;
  }

  /** Take no more, finish what runs, and leave. Called again, give back what runs. */
  async stop(): Promise<void> {
    this.#life?.stop();
    await this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #slots(): number {
    return this.#options.slots ?? 10;
  }

  #hello(): Hello {
    const tasks = [...this.#tasks.values()].map(({ info }) => info);
    const queues = this.#options.queues ?? [];
    const named = tasks.flatMap(({ defaults }) => defaults?.queue || []);
    return create(HelloSchema, {
      workerId: this.id,
      session: randomUUID(),
      app: this.#options.app ?? "",
      language: "typescript",
      sdkVersion: VERSION,
      protocol: PROTOCOL,
      queues: queues.length > 0 ? queues : [...new Set(["default", ...named])],
      tasks,
      slots: this.#slots,
      creditBytes: BigInt(this.#options.creditBytes ?? 0),
      host: hostname(),
      pid: process.pid,
    });
  }
}

interface LifeOptions {
  slots: number;
  cancelGrace: number;
  drainTimeout: number;
  logger: Logger;
}

/** A worker's connection and runner together, from start to drained. */
class Life {
  readonly welcomed: Promise<void>;
  readonly ended: Promise<void>;
  readonly #connection: WorkerConnection;
  readonly #runner: Runner;
  readonly #stopping = new AbortController();
  readonly #stopNow = new AbortController();

  constructor(
    hello: Hello,
    tasks: ReadonlyMap<string, Definition>,
    private readonly broker: Broker,
    private readonly options: LifeOptions,
  ) {
    let welcome = () => {};
    const welcomed = new Promise<void>((resolve) => {
      welcome = resolve;
    });
    this.#connection = new WorkerConnection(
      broker,
      hello,
      {
        pump: () => this.#runner.pump(),
        stop: (token, text, lost) =>
          this.#runner.stop(token, lost ? "lost" : "cancel", text),
        answered: (token, askId, value) => this.#runner.answered(token, askId, value),
        connected: () => {
          options.logger.info("worker connected", { workerId: hello.workerId });
          welcome();
        },
        drained: () => this.#stopping.abort(), // told more than once, it is one drain
      },
      options.logger,
    );
    this.#runner = new Runner(tasks, this.#connection, options);
    this.ended = this.#run();
    // Refused or stopped before there was a welcome: then `ended` says so.
    this.welcomed = Promise.race([welcomed, this.ended]);
    this.welcomed.catch(() => {}); // whoever waits gets it
    this.ended.catch(() => {});
  }

  stop(): void {
    if (this.#stopping.signal.aborted) {
      this.#stopNow.abort();
    }
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    const connected = this.#connection.run();
    const departed = this.#depart();
    try {
      await Promise.race([connected, departed]);
    } catch (error) {
      this.options.logger.error("worker refused", { error: errorOf(error).message });
      this.#runner.stopAll("lost", "the worker was refused");
      throw error;
    } finally {
      this.#stopping.abort();
      this.#stopNow.abort();
      this.broker.close();
    }
  }

  /** Once told to stop: finish or give back what there is, and say goodbye. */
  async #depart(): Promise<void> {
    await sleep(Number.POSITIVE_INFINITY, this.#stopping.signal);
    const { drainTimeout, cancelGrace } = this.options;
    this.#connection.drain();
    await Promise.race([
      this.#runner.idle(),
      sleep(drainTimeout, this.#stopNow.signal),
    ]);
    this.#runner.stopAll("shutdown", "the worker stops");
    await Promise.race([
      this.#runner.idle(),
      sleep(cancelGrace + 0.5, this.broker.closed),
    ]);
    this.#connection.leave();
    await sleep(FLUSH_TIMEOUT, this.broker.closed);
  }
}
