// How many tasks to ask for, measured by how fast they are worked off.

const SMOOTHING = 0.3;
const SHORTEST_SAMPLE = 0.005;
/** Seconds of work to keep ahead. */
const WINDOW = 0.05;
/** The most tasks to keep ahead. */
const MOST = 1000;
/** Credit travels with other news; alone only if it is this share of all. */
const WORTH_A_FRAME = 0.25;

/**
 * Room for tasks: the slots, and a little work ahead of them. As much is fetched ahead as
 * was worked off in a moment: a worker of short tasks never waits for the wire, and one of
 * long tasks hoards nothing.
 */
export class Credits {
  /** Credit the broker has and did not use yet. */
  granted = 0;
  #rate = 0;
  #sampled = 0;
  #settled = 0;
  #closed = false;

  constructor(readonly slots: number) {}

  /** Note that tasks were worked off. */
  settled(count: number, now: number): void {
    this.#settled += count;
    const elapsed = now - this.#sampled;
    if (elapsed < SHORTEST_SAMPLE) {
      return;
    }
    const sample = this.#settled / elapsed;
    // A pause without work says nothing about speed, a burst does.
    const share = sample > this.#rate ? 1 : SMOOTHING;
    this.#rate += share * (sample - this.#rate);
    this.#sampled = now;
    this.#settled = 0;
  }

  /** Note that the broker used credit. */
  assigned(count: number): void {
    this.granted = Math.max(0, this.granted - count);
  }

  /** Note that fetched tasks could not be started: fetch none ahead. */
  stall(): void {
    this.#rate = 0;
  }

  /** Grant nothing more. */
  close(): void {
    this.#closed = true;
  }

  /** Credit to give now, for a worker that has these many tasks. */
  grant(unsettled: number, withNews: boolean): number {
    const most = this.slots + Math.min(MOST, Math.trunc(this.#rate * WINDOW));
    const room = most - unsettled - this.granted;
    if (this.#closed || room <= 0 || (!withNews && room < most * WORTH_A_FRAME)) {
      return 0;
    }
    this.granted += room;
    return room;
  }

  /** Credit for a new stream: what the old one had is void. */
  restart(unsettled: number): number {
    this.granted = 0;
    return this.grant(unsettled, true);
  }
}
