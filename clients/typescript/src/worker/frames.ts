// What the worker says, numbered, and kept until it is acknowledged.

import { create } from "@bufbuild/protobuf";
import {
  type ConnectRequest,
  ConnectRequestSchema,
  type LeaseEvents,
  LeaseEventsSchema,
} from "../gen/qtasks/v1/worker_service_pb.js";
import type { Credits } from "./credits.js";
import type { Leases, Token } from "./leases.js";
import type { Outbox } from "./outbox.js";

const MAX_FRAME_BYTES = 2 * 1024 * 1024;
const MAX_UNACKED_BYTES = 16 * 1024 * 1024;
/**
 * Past it, events wait in the outbox, which makes whoever yields them wait: they would
 * only grow old on the way.
 */
const MAX_UNACKED_EVENTS = 6144;

/** A frame that was sent and is not acknowledged. */
interface Sent {
  frame: ConnectRequest;
  size: number;
  events: number;
  settled: Token[];
}

/** Makes frames of everything that waits, and keeps them until acknowledged. */
export class Frames {
  /** Attempts that run, and of which the broker was not told yet. */
  readonly begun = new Set<Token>();
  #unacked: Sent[] = [];
  #bytes = 0;
  #events = 0;
  #number = 0n;

  constructor(
    private readonly outbox: Outbox,
    private readonly leases: Leases,
    private readonly credits: Credits,
  ) {}

  /** Whether something is still to be said, or to be acknowledged. */
  get waiting(): boolean {
    return !this.outbox.empty || this.#unacked.length > 0;
  }

  /** Begin anew, for another session. */
  forget(): void {
    this.#unacked = [];
    this.#bytes = 0;
    this.#events = 0;
    this.#number = 0n;
  }

  /** Whether more may be under way. */
  get #room(): boolean {
    return this.#bytes < MAX_UNACKED_BYTES && this.#events < MAX_UNACKED_EVENTS;
  }

  /** The frames to send again on a new stream, as they were. */
  unacknowledged(): ConnectRequest[] {
    return this.#unacked.map(({ frame }) => {
      frame.credit = 0; // the hello gave all the credit there is
      return frame;
    });
  }

  /** Note what is stored; whether the writer waits for that. */
  acknowledged(number: bigint): boolean {
    const crowded = !this.#room;
    const end = this.#unacked.findIndex(({ frame }) => frame.frame > number);
    const stored = this.#unacked.splice(0, end === -1 ? this.#unacked.length : end);
    for (const { size, events, settled } of stored) {
      this.#bytes -= size;
      this.#events -= events;
      for (const token of settled) {
        this.leases.drop(token);
      }
    }
    return crowded;
  }

  /** Everything that waits as one frame; `undefined` when nothing does. */
  next(now: number): ConnectRequest | undefined {
    const frame = create(ConnectRequestSchema);
    const sent: Sent = { frame, size: 0, events: 0, settled: [] };
    if (this.#room) {
      this.#fill(sent, now);
    }
    this.#fillStarted(frame);
    const news =
      frame.events.length > 0 || frame.settles.length > 0 || frame.started.length > 0;
    frame.credit = this.credits.grant(this.leases.unsettled, news);
    if (news) {
      this.#number += 1n;
      frame.frame = this.#number;
      this.#unacked.push(sent);
      this.#bytes += sent.size;
      this.#events += sent.events;
    }
    return news || frame.credit > 0 ? frame : undefined;
  }

  #fill(sent: Sent, now: number): void {
    const { frame } = sent;
    const byLease = new Map<Token, LeaseEvents>();
    let done = 0;
    for (const { token, size, event, settle } of this.outbox.take(MAX_FRAME_BYTES)) {
      const lease = this.leases.held.get(token);
      if (lease?.assign.lease === undefined) {
        continue; // lost meanwhile
      }
      sent.size += size;
      if (settle !== undefined) {
        frame.settles.push(settle);
        sent.settled.push(token);
        this.leases.settle(lease);
        done += settle.outcome.case === "givenBack" ? 0 : 1;
        continue;
      }
      let events = byLease.get(token);
      if (events === undefined) {
        events = create(LeaseEventsSchema, {
          lease: lease.assign.lease,
          first: lease.reported + 1n,
        });
        byLease.set(token, events);
        frame.events.push(events);
      }
      lease.reported += 1n;
      sent.events += 1;
      events.events.push(event);
      if (event.event.case === "asked") {
        lease.asks.add(event.event.value.askId);
      }
    }
    if (done > 0) {
      this.credits.settled(done, now);
    }
  }

  #fillStarted(frame: ConnectRequest): void {
    for (const token of this.begun) {
      const lease = this.leases.held.get(token);
      if (lease?.assign.lease !== undefined && !lease.settled) {
        lease.started = true;
        frame.started.push(lease.assign.lease);
      }
    }
    this.begun.clear();
  }
}
