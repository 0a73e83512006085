// The way to the brokers: a connection to one of them at a time, and another one's when
// that is gone.

import type { SecureContextOptions } from "node:tls";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { isGone, QtasksError } from "../errors.js";
import { StatsService } from "../gen/qtasks/v1/stats_service_pb.js";
import { TaskService } from "../gen/qtasks/v1/task_service_pb.js";
import { WorkerService } from "../gen/qtasks/v1/worker_service_pb.js";
import { addressOf } from "./address.js";
import { Backoff } from "./backoff.js";
import { errorOf, isUnsent } from "./status.js";
import { sleep } from "./times.js";

const MAX_MESSAGE = 4 * 1024 * 1024;
/** Half as often as a broker allows; frees sockets, leases have heartbeats. */
const PINGS = {
  pingIntervalMs: 30_000,
  pingTimeoutMs: 10_000,
  pingIdleConnection: true,
};
/** More under way than Node's 64 KiB, so that a fast stream does not wait for the wire. */
const WINDOW = 1024 * 1024;
/** Seconds to keep trying a broker that never answered. */
const FIRST_PATIENCE = 2;

/** How to reach a broker. */
export interface BrokerOptions {
  /** Sent as `authorization: Bearer TOKEN`; a function is asked before each call. */
  token?: string | (() => string | Promise<string>);
  /** For `grpcs://`: `ca`, and for mutual TLS `cert` and `key`, as `node:tls` takes them. */
  tls?: SecureContextOptions & { servername?: string };
  /** Seconds to keep trying when a broker that was reached is gone (30). */
  patience?: number;
}

/** For every call. */
export interface CallOptions {
  /** Gives up waiting; what the broker was asked to do may be done. */
  signal?: AbortSignal;
  /** Seconds that the answer may take. */
  timeout?: number;
}

/** The generated clients, for what has no method of its own. */
export interface Stubs {
  readonly tasks: Client<typeof TaskService>;
  readonly stats: Client<typeof StatsService>;
  readonly workers: Client<typeof WorkerService>;
}

interface Connection extends Stubs {
  readonly session: Http2SessionManager;
}

/** The options of a call, as connect takes them. */
interface Limits {
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** The way to the brokers. */
export class Broker {
  readonly patience: number;
  readonly #connections: Connection[];
  readonly #closed = new AbortController();
  #current = 0;
  #reached = false;

  constructor(url: string | undefined, options: BrokerOptions) {
    const { secure, hosts } = addressOf(url);
    this.patience = options.patience ?? 30;
    this.#connections = hosts.map((host) =>
      connection(`${secure ? "https" : "http"}://${host}`, options),
    );
    // Clients spread over the brokers.
    this.#current = Math.floor(Math.random() * hosts.length);
  }

  /** The generated clients of the broker that is used now. */
  get stubs(): Stubs {
    return this.#connection;
  }

  get #connection(): Connection {
    return this.#connections[this.#current] as Connection;
  }

  /** Aborts when the client is closed. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Whether a broker was there before: then it is waited for when it is gone. */
  get reached(): boolean {
    return this.#reached;
  }

  close(): void {
    this.#closed.abort();
    for (const one of this.#connections) {
      one.session.abort();
    }
  }

  /**
   * Make a call, again while the broker is away. One that may not be repeated is made
   * again only if it never left.
   */
  async call<T>(
    make: (stubs: Stubs, limits: Limits) => Promise<T>,
    { signal, timeout }: CallOptions = {},
    repeatable = true,
  ): Promise<T> {
    const began = performance.now();
    const waits = new Backoff(2);
    for (;;) {
      const elapsed = (performance.now() - began) / 1000;
      if (timeout !== undefined && elapsed >= timeout) {
        throw new QtasksError("DEADLINE_EXCEEDED");
      }
      const limits: Limits = {};
      if (signal) limits.signal = signal;
      if (timeout !== undefined) limits.timeoutMs = (timeout - elapsed) * 1000;
      const failed = await this.attempt((stubs) => make(stubs, limits), signal);
      if ("value" in failed) {
        return failed.value;
      }
      const wait = waits.delay();
      const again = isGone(failed.error) && (repeatable || failed.unsent);
      const patience = this.#reached ? this.patience : FIRST_PATIENCE;
      if (!again || (performance.now() - began) / 1000 + wait > patience) {
        throw failed.error;
      }
      await sleep(
        timeout === undefined ? wait : Math.min(wait, timeout),
        signal,
        this.closed,
      );
    }
  }

  /**
   * Try something once; what came of it. Notes whether the broker is there, and turns to
   * the next one if it is not.
   */
  async attempt<T>(
    make: (stubs: Stubs) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<{ value: T } | { error: QtasksError; unsent: boolean }> {
    this.check(signal);
    const used = this.#current;
    try {
      const value = await make(this.#connection);
      this.#reached = true;
      return { value };
    } catch (failed) {
      this.check(signal);
      const error = errorOf(failed);
      if (isGone(error)) {
        this.gone(error, used);
      } else {
        this.#reached = true;
      }
      return { error, unsent: isUnsent(failed) };
    }
  }

  /** Raise that the caller gave up, or that the client was closed. */
  check(signal?: AbortSignal): void {
    signal?.throwIfAborted();
    if (this.closed.aborted) {
      throw new QtasksError("CLIENT_CLOSED");
    }
  }

  /** Note that a broker is there. */
  found(): void {
    this.#reached = true;
  }

  /** Turn to the next broker, because this one is gone. */
  gone(error: QtasksError, used = this.#current): void {
    // Who says that the storage is away is a broker that was reached.
    this.#reached ||= error.reason === "STORAGE_UNAVAILABLE";
    if (used === this.#current) {
      this.#current = (used + 1) % this.#connections.length;
    }
  }
}

function connection(baseUrl: string, { tls, token }: BrokerOptions): Connection {
  const settings = { initialWindowSize: WINDOW };
  const session = new Http2SessionManager(baseUrl, PINGS, { ...tls, settings });
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager: session,
    readMaxBytes: MAX_MESSAGE,
    interceptors: token === undefined ? [] : [withToken(token)],
  });
  return {
    session,
    tasks: createClient(TaskService, transport),
    stats: createClient(StatsService, transport),
    workers: createClient(WorkerService, transport),
  };
}

function withToken(token: NonNullable<BrokerOptions["token"]>): Interceptor {
  return (next) => async (request) => {
    const text = typeof token === "string" ? token : await token();
    request.header.set("authorization", `Bearer ${text}`);
    return next(request);
  };
}
