// One stream to a broker at a time, opened again whenever it breaks.
//
// Everything that waits goes as one frame; frames are numbered, kept until they are
// acknowledged, and sent again as they were on the next stream.

import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { QtasksError, type Reason } from "../errors.js";
import type { Payload } from "../gen/qtasks/v1/payload_pb.js";
import {
  type ConnectRequest,
  ConnectRequestSchema,
  type ConnectResponse,
  type Hello,
  SettleSchema,
  type Welcome,
  WorkerService,
} from "../gen/qtasks/v1/worker_service_pb.js";
import { Backoff } from "../wire/backoff.js";
import type { Broker } from "../wire/broker.js";
import type { Channel } from "../wire/channel.js";
import { MAX_PAYLOAD } from "../wire/payload.js";
import { errorOf } from "../wire/status.js";
import { now, seconds, sleep } from "../wire/times.js";
import { Credits } from "./credits.js";
import { Frames } from "./frames.js";
import { type Lease, Leases, type Token, tokenOf } from "./leases.js";
import type { Logger } from "./logger.js";
import { Outbox } from "./outbox.js";
import { Stream } from "./stream.js";

/** Reasons that would come again on the next stream; after all others it goes on. */
const REFUSED = new Set<Reason>([
  "INVALID_FIELD",
  "INVALID_JSON",
  "OUT_OF_RANGE",
  "TOO_MANY",
  "PAYLOAD_TOO_LARGE",
  "PROTOCOL_MISMATCH",
  "PROTOCOL_VIOLATION",
  "WORKER_ID_IN_USE",
  "UNAUTHENTICATED",
  "PERMISSION_DENIED",
]);

/** Seconds after which a fetched task that has not begun is given back. */
const STALE_AFTER = 1;
const GOODBYE_TIMEOUT = 2;
const MOST_BACKOFF = 2;

/** A task that was fetched and has not begun. */
export interface Fetched {
  lease: Lease;
  /** When it came, on the monotonic clock. */
  received: number;
}

/** What the connection tells whoever runs the tasks. */
export interface Listener {
  /** There is something to start, or it may be started again. */
  pump(): void;
  /** Stop a running task; when the lease is lost, its outcome interests nobody. */
  stop(token: Token, reason: string, lost: boolean): void;
  /** A question was answered. */
  answered(token: Token, askId: string, value: Payload | undefined): void;
  /** A broker welcomed the worker. */
  connected(): void;
  /** Somebody drains this worker. */
  drained(): void;
}

/** One stream to a broker at a time. */
export class WorkerConnection {
  readonly leases = new Leases();
  readonly outbox = new Outbox(() => this.#ring());
  readonly frames: Frames;
  /** Tasks to run, oldest first. */
  backlog: Fetched[] = [];
  /** The largest result, in bytes; the broker says. */
  maxPayload = MAX_PAYLOAD;
  readonly #credits: Credits;
  readonly #waits = new Backoff(MOST_BACKOFF);
  #stream: Stream | undefined;
  #heartbeat = 1;
  #moving = false;
  /** Whether a broker knows this worker. */
  #known = false;
  #draining = false;
  readonly #leaving = new AbortController();
  #left = false;

  constructor(
    private readonly broker: Broker,
    private readonly hello: Hello,
    private readonly listener: Listener,
    private readonly logger: Logger,
  ) {
    this.#credits = new Credits(hello.slots);
    this.frames = new Frames(this.outbox, this.leases, this.#credits);
  }

  /** Take nothing more, and give back what has not begun. */
  drain(): void {
    this.#draining = true;
    this.#ring();
  }

  /** Say goodbye once everything is said, and end `run`. */
  leave(): void {
    this.#leaving.abort();
    this.#ring();
  }

  /** Tell the broker that an attempt has begun, unless it ends at once. */
  begun(token: Token): void {
    this.frames.begun.add(token);
    this.#ring();
  }

  /**
   * Stay connected until told to leave.
   *
   * @throws QtasksError the broker refuses the worker: another connection would not help.
   */
  async run(): Promise<void> {
    while (!this.#left && !this.broker.closed.aborted) {
      this.#moving = false;
      const { channel } = this.broker;
      try {
        await this.#stay(channel);
      } catch (failed) {
        const error = errorOf(failed);
        if (error.reason === "SESSION_LOST") {
          this.#startOver();
        } else if (REFUSED.has(error.reason)) {
          throw error;
        } else if (!this.#left && !this.#moving) {
          this.#broke(error, channel);
        }
      }
      if (this.#said && !this.#known) {
        return; // there is nobody to say goodbye to
      }
      if (!this.#left && !this.#moving) {
        const leaving = this.#leaving.signal.aborted ? undefined : this.#leaving.signal;
        await sleep(this.#waits.delay(), this.broker.closed, leaving);
      }
    }
  }

  /** Whether it is to leave, and has nothing more to say. */
  get #said(): boolean {
    return this.#leaving.signal.aborted && !this.frames.waiting;
  }

  #ring(): void {
    this.#stream?.bell.ring();
  }

  #broke(error: QtasksError, channel: Channel): void {
    if (this.broker.closed.aborted) {
      return;
    }
    this.broker.gone(channel);
    if (this.#waits.failures === 0) {
      this.logger.warn("no broker: the worker keeps trying", {
        workerId: this.hello.workerId,
        error: error.message,
      });
    }
  }

  async #stay(channel: Channel): Promise<void> {
    const stream = new Stream();
    this.#stream = stream;
    const call = channel.bidi(WorkerService.method.connect, this.#say(stream), {
      signal: stream.abort.signal,
    });
    let first = true;
    try {
      for await (const frame of call) {
        stream.heard = now();
        if (first) {
          first = false;
          this.#welcomed(frame.welcome);
          stream.welcome(this.#heartbeat);
        }
        this.#take(frame);
      }
    } finally {
      stream.end();
    }
    if (!this.#left && !this.#moving) {
      throw new QtasksError("BROKER_UNAVAILABLE", "the broker ended the stream");
    }
  }

  // -- what is heard ------------------------------------------------------------------

  #welcomed(welcome: Welcome | undefined): void {
    if (welcome === undefined) {
      throw new QtasksError(
        "PROTOCOL_VIOLATION",
        "the broker did not begin with a welcome",
      );
    }
    this.#heartbeat = Math.max(0.1, seconds(welcome.heartbeat) ?? 1);
    this.leases.agree(seconds(welcome.lease) ?? 0);
    this.maxPayload = Number(welcome.maxPayloadBytes) || this.maxPayload;
    for (const token of this.leases.dropOthers(welcome.standing)) {
      this.listener.stop(token, "the lease is lost", true);
    }
    this.#known = true;
    this.#waits.succeeded();
    this.broker.found();
    this.listener.connected();
  }

  #startOver(): void {
    this.logger.warn("worker session lost", { workerId: this.hello.workerId });
    for (const token of this.leases.dropOthers([])) {
      this.listener.stop(token, "the session is lost", true);
    }
    this.frames.forget();
    this.hello.session = randomUUID();
  }

  #take(frame: ConnectResponse): void {
    const received = now();
    this.leases.heard(received);
    if (
      frame.acked > 0n &&
      (this.frames.acknowledged(frame.acked) || this.#leaving.signal.aborted)
    ) {
      this.#ring();
    }
    for (const lease of frame.lost) {
      const token = tokenOf(lease);
      if (this.leases.drop(token)) {
        this.listener.stop(token, "the lease is lost", true);
      }
    }
    const fetched = frame.assigns.map((assign) => ({
      lease: this.leases.take(assign),
      received,
    }));
    this.#credits.assigned(fetched.length);
    if (this.#draining) {
      this.#giveBack(fetched, "the worker stops");
    } else {
      this.backlog.push(...fetched);
    }
    for (const cancel of frame.cancels) {
      const lease = this.leases.held.get(tokenOf(cancel.lease));
      if (lease !== undefined && !lease.settled) {
        lease.cancelled = cancel.reason;
        this.listener.stop(lease.token, cancel.reason, false);
      }
    }
    for (const { lease, askId, value } of frame.answers) {
      const token = tokenOf(lease);
      this.leases.held.get(token)?.asks.delete(askId);
      this.listener.answered(token, askId, value);
    }
    if (frame.drain?.leave) {
      this.listener.drained();
    }
    if (frame.drain !== undefined && (!frame.drain.leave || frame.drain.by)) {
      this.#moving = true;
      this.broker.gone(this.broker.channel);
      this.#ring();
    }
    if (this.backlog.length > 0) {
      this.listener.pump();
    }
  }

  // -- what is said -------------------------------------------------------------------

  /** What goes up, each frame made when the wire takes it. */
  async *#say(stream: Stream): AsyncGenerator<ConnectRequest, void, undefined> {
    yield create(ConnectRequestSchema, { hello: this.#present() });
    await stream.welcomed;
    if (!stream.over) {
      yield* this.frames.unacknowledged();
    }
    let spoken = now();
    while (!stream.over) {
      this.#returnStale(now());
      if (this.#draining) {
        // Credit can't be taken back, or what is given back would come again: a new
        // stream begins without any.
        this.#moving ||= this.#credits.granted > 0;
        this.#credits.close();
      }
      const at = now();
      let frame = this.#moving ? undefined : this.frames.next(at);
      if (frame === undefined && !this.#moving && at - spoken >= this.#heartbeat / 2) {
        frame = create(ConnectRequestSchema);
      }
      if (frame !== undefined) {
        yield frame;
        spoken = at;
      } else if (this.#moving || this.#said) {
        this.#left = !this.#moving;
        yield create(ConnectRequestSchema, { goodbye: { resuming: this.#moving } });
        stream.heard = now();
        stream.limit(GOODBYE_TIMEOUT); // the broker ends the stream now
        return;
      } else {
        await stream.bell.wait(this.#pause(at, spoken));
      }
    }
  }

  #present(): Hello {
    const { hello } = this;
    const waiting = new Set(this.backlog.map(({ lease }) => lease.token));
    this.frames.begun.clear();
    for (const lease of this.leases.held.values()) {
      lease.started ||= !waiting.has(lease.token);
    }
    hello.held = this.leases.toPresent();
    hello.credit = this.#credits.restart(this.leases.unsettled);
    return hello;
  }

  /** Seconds until there is something to do even if nobody rings. */
  #pause(at: number, spoken: number): number {
    const oldest = this.backlog[0];
    const stale = oldest ? oldest.received + STALE_AFTER : Number.POSITIVE_INFINITY;
    return Math.max(0.001, Math.min(spoken + this.#heartbeat / 2, stale) - at);
  }

  // -- what is given back -------------------------------------------------------------

  /** Give back what was fetched too long ago, or everything when draining. */
  #returnStale(at: number): void {
    const fresh = this.backlog.findIndex(
      ({ received }) => !this.#draining && at - received < STALE_AFTER,
    );
    const stale = this.backlog.splice(0, fresh === -1 ? this.backlog.length : fresh);
    if (stale.length > 0) {
      this.#credits.stall();
      this.#giveBack(stale, this.#draining ? "the worker stops" : "the worker is busy");
    }
  }

  #giveBack(fetched: Fetched[], reason: string): void {
    for (const { lease } of fetched) {
      const settle = create(SettleSchema, {
        ...(lease.assign.lease && { lease: lease.assign.lease }),
        outcome: { case: "givenBack", value: { reason } },
      });
      this.outbox.put({ token: lease.token, size: 0, settle });
    }
  }
}
