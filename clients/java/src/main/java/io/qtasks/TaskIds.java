package io.qtasks;

import java.security.SecureRandom;
import java.util.UUID;

/** Ids of tasks, made where they are submitted so that a repeated submit is safe. */
final class TaskIds {
  private static final SecureRandom RANDOM = new SecureRandom();

  private TaskIds() {}

  /** A UUID of version 7: ids sort by the millisecond they were made in. */
  static String next() {
    long high = System.currentTimeMillis() << 16 | 0x7000 | RANDOM.nextInt(0x1000);
    long low = RANDOM.nextLong() >>> 2 | Long.MIN_VALUE;
    return new UUID(high, low).toString();
  }
}
