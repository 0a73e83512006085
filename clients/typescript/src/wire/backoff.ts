// How long to wait before the next attempt to reach a broker.

/** Waits that grow with every failure, with jitter, and start afresh on success. */
export class Backoff {
  failures = 0;

  constructor(
    private readonly most = 5,
    private readonly initial = 0.05,
  ) {}

  succeeded(): void {
    this.failures = 0;
  }

  /** Seconds to wait now, after one more failure. */
  delay(): number {
    const wait = Math.min(this.most, this.initial * 2 ** Math.min(this.failures, 30));
    this.failures += 1;
    // Jitter down to a half, so that a fleet does not come back at once.
    return wait * (0.5 + Math.random() / 2);
  }
}
