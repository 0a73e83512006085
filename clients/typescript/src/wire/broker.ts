// The way to the brokers: a connection to one of them at a time, and another one's when
// that is gone.

import { setMaxListeners } from "node:events";
import type {
  DescMessage,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { isGone, QtasksError } from "../errors.js";
import { checkedToken, tlsOf, tokenOfEnvironment } from "./access.js";
import { addressOf, isLoopback } from "./address.js";
import { Backoff } from "./backoff.js";
import { Channel, type TlsOptions } from "./channel.js";
import { errorOf } from "./status.js";
import { sleep } from "./times.js";

/** Seconds to keep trying a broker that never answered. */
export const FIRST_PATIENCE = 2;
/** Seconds to wait for a connection before what can't be repeated is sent. */
const CONNECTED_WITHIN = 1;

/**
 * How to reach a broker. What is not said about tokens and certificates is read from the
 * environment, as in Python.
 */
export interface BrokerOptions {
  /**
   * Sent as `authorization: Bearer TOKEN`; a function is asked before each call, and an
   * empty one is none. If none is given, that of `QTASKS_TOKEN`, or in the file
   * `QTASKS_TOKEN_FILE`.
   */
  token?: string | (() => string | Promise<string>);
  /**
   * For `grpcs://`: `ca`, and for mutual TLS `cert` and `key`, as `node:tls` takes them. If
   * not given, those in the files `QTASKS_TLS_CA`, `QTASKS_TLS_CERT` and `QTASKS_TLS_KEY`.
   */
  tls?: TlsOptions;
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

/** The way to the brokers. */
export class Broker {
  readonly patience: number;
  readonly #channels: Channel[];
  readonly #closed = new AbortController();
  #current: number;
  #reached = false;

  constructor(url: string | undefined, options: BrokerOptions) {
    const { secure, hosts } = addressOf(url);
    const token = options.token ?? tokenOfEnvironment();
    if (token && !secure && !hosts.every(isLoopback)) {
      process.emitWarning("token travels in plain text; use grpcs://", {
        code: "QTASKS_PLAIN_TOKEN",
      });
    }
    if (token && typeof token !== "function") {
      checkedToken(token, "token");
    }
    const tls = secure ? tlsOf(options.tls) : undefined;
    const ask = typeof token === "function" ? token : () => token || undefined;
    setMaxListeners(0, this.#closed.signal); // of every call that waits for a broker
    this.patience = options.patience ?? 30;
    this.#channels = hosts.map((host) => new Channel(host, { tls, token: ask }));
    // Clients spread over the brokers.
    this.#current = Math.floor(Math.random() * hosts.length);
  }

  /** The connection that is used now. */
  get channel(): Channel {
    return this.#channels[this.#current] as Channel;
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
    for (const channel of this.#channels) {
      channel.close();
    }
  }

  /**
   * Make a call, again while the broker is away. One that may not be repeated is made
   * again only if it never left.
   */
  async call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    { signal, timeout = Number.POSITIVE_INFINITY }: CallOptions = {},
    repeatable = true,
  ): Promise<MessageShape<O>> {
    const began = performance.now();
    const elapsed = () => (performance.now() - began) / 1000;
    const waits = new Backoff(2);
    for (;;) {
      this.check(signal);
      const left = timeout - elapsed();
      if (left <= 0) {
        throw new QtasksError("DEADLINE_EXCEEDED");
      }
      const { channel } = this;
      let sent = repeatable;
      try {
        if (!repeatable) {
          await channel.ready(Math.min(left, CONNECTED_WITHIN));
        }
        sent = true;
        const limits = {
          signal,
          timeout: timeout === Number.POSITIVE_INFINITY ? undefined : left,
        };
        const answer = await channel.unary(method, request, limits);
        this.found();
        return answer;
      } catch (failed) {
        this.check(signal);
        const error = errorOf(failed);
        const again = this.#failed(error, channel) && (repeatable || !sent);
        const wait = waits.delay();
        const patience = this.#reached ? this.patience : FIRST_PATIENCE;
        if (!again || elapsed() + wait > patience) {
          throw error;
        }
        await sleep(
          Math.min(wait, Math.max(0, timeout - elapsed())),
          signal,
          this.closed,
        );
      }
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
  gone(channel: Channel): void {
    if (channel === this.channel) {
      this.#current = (this.#current + 1) % this.#channels.length;
    }
  }

  /** Note what a failure says of the broker; whether it is gone. */
  #failed(error: QtasksError, channel: Channel): boolean {
    const gone = isGone(error);
    // Who says that the storage is away is a broker that was reached.
    if (!gone || error.reason === "STORAGE_UNAVAILABLE") {
      this.found();
    }
    if (gone) {
      this.gone(channel);
    }
    return gone;
  }
}
