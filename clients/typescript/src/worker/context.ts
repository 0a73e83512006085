// What a running task sees.

/** What a running task sees. */
export interface TaskContext {
  readonly id: string;
  readonly name: string;
  /** The number of this attempt, from 1. */
  readonly attempt: number;
  /** The facts that travelled with the task. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Named arguments that have no parameter of their own. */
  readonly kwargs: Readonly<Record<string, unknown>>;
  /**
   * Aborts when the task should stop: its reason is a `TaskCancelled`, or a `QtasksError`
   * with `TASK_TIMED_OUT`, `LEASE_LOST` or `WORKER_STOPS`. Pass it on to what you wait for.
   */
  readonly signal: AbortSignal;

  /**
   * Ask those who watch, and wait for the answer.
   *
   * @throws QtasksError `ASK_TIMEOUT`: nobody answered in so many seconds.
   */
  ask<T = unknown>(prompt: unknown, options?: { timeout?: number }): Promise<T>;

  /** Send a log line to those who watch. Who sends many awaits it. */
  log(message: string, fields?: Record<string, unknown>, level?: Level): Promise<void>;

  /** Tell those who watch how far it is. Who tells often awaits it. */
  progress(done: number, total?: number, note?: string): Promise<void>;
}

/** How much a log line matters. */
export type Level = "debug" | "info" | "warning" | "error";
