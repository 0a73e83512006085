package io.qtasks;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before the next attempt to reach a broker: longer with every failure. */
final class Reconnection {
  private static final long FIRST_MILLIS = 50;
  private static final long MOST_MILLIS = 5_000;

  private int failures;

  /** Start afresh. */
  void succeeded() {
    failures = 0;
  }

  /** How long to wait now, after one more failure. */
  Duration delay() {
    long most = Math.min(MOST_MILLIS, FIRST_MILLIS << Math.min(failures, 30));
    failures++;
    // Down to a half, so that a fleet does not come back at once.
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
  }
}
