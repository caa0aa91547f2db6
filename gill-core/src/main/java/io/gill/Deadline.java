package io.gill;

import java.time.Duration;
import java.util.Optional;

/** The end of the time that a call may take. */
record Deadline(Optional<Duration> timeout, long startNanos) {
  static Deadline of(RespondOptions options) {
    return new Deadline(options.timeout(), System.nanoTime());
  }

  static Deadline none() {
    return new Deadline(Optional.empty(), 0);
  }

  boolean isPassed() {
    return timeout.isPresent() && System.nanoTime() - startNanos >= timeout.get().toNanos();
  }
}
