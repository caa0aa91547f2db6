package io.gill.examples.server;

import io.gill.RespondOptions;
import java.time.Duration;

/** The time that a request may take, from its creation on. It ends early when the client goes. */
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
    if (call.isGone()) {
      throw ApiException.gone();
    }
    if (left().isNegative() || left().isZero()) {
      throw ApiException.timedOut(timeout);
    }
  }

  /** Returns options of a computation that ends with the request. */
  RespondOptions options() {
    check();
    Duration left = left();
    return RespondOptions.builder().timeout(left.isNegative() || left.isZero() ? Duration.ofNanos(1) : left)
        .cancelled(call::isGone).build();
  }

  private Duration left() {
    return timeout.minusNanos(System.nanoTime() - start);
  }
}
