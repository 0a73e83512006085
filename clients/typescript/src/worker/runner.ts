// Starts attempts as slots are free, stops them when told, reports how they end.

import type { Payload } from "../gen/qtasks/v1/payload_pb.js";
import { after, date, now, seconds } from "../wire/times.js";
import { callsOf, Misfit } from "./arguments.js";
import { Attempt, type Stop } from "./attempt.js";
import type { Fetched, WorkerConnection } from "./connection.js";
import { rejected } from "./failures.js";
import type { Lease, Token } from "./leases.js";
import type { Logger } from "./logger.js";
import type { Definition } from "./tasks.js";

/** An attempt, and what ends its timers. */
interface Running {
  attempt: Attempt;
  timers: (() => void)[];
}

/** How a runner is set up. */
export interface RunnerOptions {
  slots: number;
  /** Seconds an attempt has to end, once it is told to. */
  cancelGrace: number;
  logger: Logger;
}

/** Runs the attempts of a worker. */
export class Runner {
  readonly #running = new Map<Token, Running>();
  #idle = new Set<() => void>();

  constructor(
    private readonly tasks: ReadonlyMap<string, Definition>,
    private readonly connection: WorkerConnection,
    private readonly options: RunnerOptions,
  ) {}

  /** How many attempts run. */
  get running(): number {
    return this.#running.size;
  }

  /** Start what there is room for. */
  pump(): void {
    const { backlog, leases } = this.connection;
    while (backlog.length > 0 && this.#running.size < this.options.slots) {
      if (!leases.trusted(now())) {
        return;
      }
      const fetched = backlog.shift();
      if (fetched !== undefined && leases.held.has(fetched.lease.token)) {
        this.#start(fetched);
      }
    }
  }

  /** Tell an attempt to stop. */
  stop(token: Token, why: Stop, text: string): void {
    const running = this.#running.get(token);
    if (running?.attempt.stop(why, text)) {
      const { cancelGrace } = this.options;
      running.timers.push(after(cancelGrace, () => this.#overran(running.attempt)));
    }
  }

  /** Tell every attempt to stop. */
  stopAll(why: Stop, text: string): void {
    for (const token of [...this.#running.keys()]) {
      this.stop(token, why, text);
    }
  }

  answered(token: Token, askId: string, value: Payload | undefined): void {
    this.#running.get(token)?.attempt.answered(askId, value);
  }

  /** Wait until no attempt runs whose outcome is still to come. */
  async idle(): Promise<void> {
    while ([...this.#running.values()].some(({ attempt }) => !attempt.settled)) {
      await new Promise<void>((resolve) => {
        this.#idle.add(resolve);
      });
    }
  }

  #start({ lease }: Fetched): void {
    const attempt = new Attempt(lease, this.connection);
    if (lease.cancelled !== undefined) {
      attempt.stop("cancel", lease.cancelled);
      attempt.stopped();
      return;
    }
    const task = this.tasks.get(attempt.name);
    try {
      if (task === undefined) {
        const message = `this worker has no task ${JSON.stringify(attempt.name)}`;
        throw new Misfit("TaskNotRegistered", message, "");
      }
      const { lists, kwargs } = callsOf(lease.assign, task.parameters);
      attempt.kwargs = kwargs;
      const running = { attempt, timers: this.#limits(lease) };
      this.#running.set(lease.token, running);
      this.connection.begun(lease.token);
      void this.#run(running, task, lists, lease);
    } catch (error) {
      if (!(error instanceof Misfit)) {
        throw error;
      }
      attempt.settle({ outcome: { case: "failure", value: rejected(error) } });
    }
  }

  async #run(
    { attempt, timers }: Running,
    { handler }: Definition,
    lists: unknown[][],
    { token, assign }: Lease,
  ): Promise<void> {
    try {
      const results: unknown[] = [];
      for (const args of lists) {
        results.push(await attempt.drive(() => handler(attempt, ...(args as never[]))));
        if (attempt.signal.aborted) {
          break;
        }
      }
      attempt.returned(assign.task?.each ? results : results[0]);
    } catch (error) {
      attempt.failed(error);
    } finally {
      for (const cancel of timers) {
        cancel();
      }
      this.#running.delete(token);
      this.#noteIdle();
      this.pump();
    }
  }

  /** Have the attempt stopped when its time is over. */
  #limits({ token, assign: { task } }: Lease): (() => void)[] {
    const timers: (() => void)[] = [];
    const stopAfter = (length: number, text: string) => {
      timers.push(after(Math.max(0, length), () => this.stop(token, "timeout", text)));
    };
    const maxTime = seconds(task?.maxTime);
    if (maxTime) {
      stopAfter(maxTime, `it ran longer than max_time, ${maxTime} s`);
    }
    const deadline = date(task?.deadline);
    if (deadline !== undefined) {
      stopAfter((deadline.getTime() - Date.now()) / 1000, "its deadline passed");
    }
    return timers;
  }

  /**
   * The task ignored that it was told to stop: report it without waiting more. Its slot
   * stays taken until it ends.
   */
  #overran(attempt: Attempt): void {
    this.options.logger.warn("task does not stop", {
      taskId: attempt.id,
      taskName: attempt.name,
    });
    attempt.stopped(true);
    this.#noteIdle();
  }

  #noteIdle(): void {
    for (const wake of this.#idle) {
      wake();
    }
    this.#idle.clear();
  }
}
