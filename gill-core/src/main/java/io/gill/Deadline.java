package io.gill;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The end of the time that a call may take. */
record Deadline(Optional<Duration> timeout, long startNanos) {
  static Deadline of(RespondOptions options) {
    return new Deadline(options.timeout(), System.nanoTime());
  }

  static Deadline none() {
    return new Deadline(Optional.empty(), System.nanoTime());
  }

  /** Returns a condition that is true once the call was cancelled or its time has passed. */
  BooleanSupplier or(BooleanSupplier cancelled) {
    return () -> cancelled.getAsBoolean() || isPassed();
  }

  boolean isPassed() {
    return timeout.isPresent() && System.nanoTime() - startNanos >= TimeUnit.NANOSECONDS.convert(timeout.get());
  }
}
