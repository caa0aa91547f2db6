package io.gill.examples;

import java.util.Arrays;
import java.util.Locale;

/**
 * Durations of repeated runs.
 *
 * @param nanos nanoseconds, sorted
 */
@SuppressWarnings("ArrayRecordComponent") // never handed out, never compared
record Timing(long[] nanos) {
  private static final int WARM_UP = 3;
  private static final int LEAST = 7;
  private static final int MOST = 200;

  /** Runs the body three times unmeasured, then at least seven times and until {@code seconds} have passed. */
  static Timing of(double seconds, Runnable body) {
    return of(seconds, WARM_UP, LEAST, body);
  }

  /** Runs the body {@code warmUp} times unmeasured, then {@code least} times or more until {@code seconds} pass. */
  static Timing of(double seconds, int warmUp, int least, Runnable body) {
    for (int i = 0; i < warmUp; i++) {
      body.run();
    }
    long[] nanos = new long[MOST];
    int count = 0;
    long total = 0;
    while (count < least || (count < MOST && total < seconds * 1e9)) {
      long start = System.nanoTime();
      body.run();
      nanos[count] = System.nanoTime() - start;
      total += nanos[count++];
    }
    return sorted(Arrays.copyOf(nanos, count));
  }

  static Timing sorted(long... nanos) {
    long[] copy = nanos.clone();
    Arrays.sort(copy);
    return new Timing(copy);
  }

  double medianSeconds() {
    int n = nanos.length;
    return (nanos[(n - 1) / 2] + nanos[n / 2]) / 2e9;
  }

  /** The median as a rate, in billions of {@code work} per second. */
  double billionsPerSecond(double work) {
    return work / medianSeconds() / 1e9;
  }

  /** The median, with the extremes in brackets. */
  String millis() {
    return String.format(Locale.ROOT, "%8.2f ms   (%.2f to %.2f, %d times)",
        medianSeconds() * 1e3, nanos[0] / 1e6, nanos[nanos.length - 1] / 1e6, nanos.length);
  }

  /** The median as a rate in {@code unit}, with the extremes in brackets. */
  String rate(double work, String unit) {
    return String.format(Locale.ROOT, "%8.1f %s   (%.1f to %.1f, %d times)", billionsPerSecond(work), unit,
        work / nanos[nanos.length - 1], work / nanos[0], nanos.length);
  }
}
