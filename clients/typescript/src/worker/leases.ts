// What the worker holds, and until when it may trust that it does.

import { create } from "@bufbuild/protobuf";
import {
  type Assign,
  type HeldLease,
  HeldLeaseSchema,
  type Lease as WireLease,
} from "../gen/qtasks/v1/worker_service_pb.js";

const MARGIN_SHARE = 0.2;
const MOST_MARGIN = 2;

/** Names a lease: a later grant of the same task has another token. */
export type Token = string;

export function tokenOf(lease: WireLease | undefined): Token {
  return `${lease?.taskId}/${lease?.leaseId}`;
}

/** A task the worker holds. */
export class Lease {
  readonly token: Token;
  /** Whether the broker was told that it began. */
  started = false;
  /** Whether its outcome was sent; held until that is stored. */
  settled = false;
  /** How many events were sent. */
  reported = 0n;
  /** Why it should stop, once somebody asked. */
  cancelled: string | undefined;
  /** Questions it waits on. */
  readonly asks = new Set<string>();

  constructor(readonly assign: Assign) {
    this.token = tokenOf(assign.lease);
  }
}

/**
 * What the worker holds. The broker's storage alone decides when a lease ends; the worker
 * stops trusting its own before that, and starts nothing on them until it heard from a
 * broker again.
 */
export class Leases {
  readonly held = new Map<Token, Lease>();
  /** How many of them have no outcome yet. */
  unsettled = 0;
  #length = 0;
  #trustedUntil = 0;

  /** Take over how many seconds leases last. */
  agree(length: number): void {
    this.#length = length;
  }

  /** Trust the leases again: the broker was heard. */
  heard(now: number): void {
    const margin = Math.min(MOST_MARGIN, MARGIN_SHARE * this.#length);
    this.#trustedUntil = now + this.#length - margin;
  }

  /** Whether tasks may be started. */
  trusted(now: number): boolean {
    return now < this.#trustedUntil;
  }

  /** Hold a task. */
  take(assign: Assign): Lease {
    const lease = new Lease(assign);
    this.held.set(lease.token, lease);
    this.unsettled += 1;
    return lease;
  }

  /** Note that the outcome is sent. */
  settle(lease: Lease): void {
    if (!lease.settled) {
      lease.settled = true;
      this.unsettled -= 1;
    }
  }

  /** Hold a task no more; whether it was held. */
  drop(token: Token): boolean {
    const lease = this.held.get(token);
    if (lease === undefined) {
      return false;
    }
    this.settle(lease);
    return this.held.delete(token);
  }

  /** The leases as a hello presents them. */
  toPresent(): HeldLease[] {
    return [...this.held.values()].map((lease) =>
      create(HeldLeaseSchema, {
        ...(lease.assign.lease && { lease: lease.assign.lease }),
        started: lease.started,
        askIds: [...lease.asks],
      }),
    );
  }

  /** Drop what the broker says does not stand; what was dropped. */
  dropOthers(standing: readonly WireLease[]): Token[] {
    const stand = new Set(standing.map(tokenOf));
    const lost = [...this.held.keys()].filter((token) => !stand.has(token));
    for (const token of lost) {
      this.drop(token);
    }
    return lost;
  }
}
