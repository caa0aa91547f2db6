package io.gill.examples.server;

import io.gill.RespondOptions;
import java.time.Duration;

/** The time that a request may take, from its creation on. It ends early when the client leaves. */
final class CallTime {
  private final Call call;
  private final Duration timeout;
  private final long start = System.nanoTime();

  CallTime(Call call, Duration timeout) {
    this.call = call;
    this.timeout = timeout;
  }

  /** Ends a request whose client is gone or whose time has passed. */
  void check() {
    left();
  }

  /** Returns options of a computation that ends with the request. */
  RespondOptions options() {
    return RespondOptions.builder().timeout(left()).cancelled(call::isGone).build();
  }

  /** Returns the time that is left, and ends a request that has none, or whose client is gone. */
  private Duration left() {
    if (call.isGone()) {
      throw ApiException.gone();
    }
    Duration left = timeout.minusNanos(System.nanoTime() - start);
    if (left.isNegative() || left.isZero()) {
      throw ApiException.timedOut(timeout);
    }
    return left;
  }
}
