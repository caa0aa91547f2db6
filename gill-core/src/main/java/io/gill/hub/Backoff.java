package io.gill.hub;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Repeats what failed for a passing reason: a cut or refused connection, status 429 or 5xx. The pause doubles from a
 * second with each failure, unless the server names it in {@code Retry-After}.
 */
final class Backoff {
  /** Failures without progress after which a file is given up. */
  static final int MAX_FAILURES = 6;

  private static final long FIRST_MILLIS = 1_000;
  private static final Duration LONGEST = Duration.ofMinutes(5);

  private final Pause pause;
  private final FetchListener listener;

  /** Waits. */
  @FunctionalInterface
  interface Pause {
    void sleep(Duration time) throws InterruptedException;
  }

  /** Something that may fail for a passing reason. */
  @FunctionalInterface
  interface Attempt<T> {
    T run() throws IOException, InterruptedException;
  }

  Backoff(Pause pause, FetchListener listener) {
    this.pause = pause;
    this.listener = listener;
  }

  /** Repeats an attempt that makes no progress unless it succeeds. */
  <T> T run(Attempt<T> attempt) throws IOException, InterruptedException {
    int failures = 0;
    while (true) {
      try {
        return attempt.run();
      } catch (IOException e) {
        failures = waitAfter(failures, e);
      }
    }
  }

  /**
   * Waits after a failure.
   *
   * @param failures number of failures without progress before this one
   * @param failure the failure
   * @return number of failures, including this one
   * @throws IOException the failure, if there is no use in another attempt
   */
  int waitAfter(int failures, IOException failure) throws IOException, InterruptedException {
    boolean passing = failure instanceof HubException response
        ? response.isPassing() : !(failure instanceof RangeIgnored);
    if (!passing || failures + 1 >= MAX_FAILURES) {
      throw failure;
    }
    Duration time = failure instanceof HubException response && response.retryAfter().isPresent()
        ? response.retryAfter().get() : growing(failures);
    if (time.compareTo(LONGEST) > 0) {
      throw new HubException(failure.getMessage() + " and asks to wait for " + time.toSeconds() + " s");
    }
    listener.onRetry(String.valueOf(failure.getMessage()), time);
    pause.sleep(time);
    return failures + 1;
  }

  /** A growing time, different for each thread, so that they do not return all at once. */
  private static Duration growing(int failures) {
    long millis = FIRST_MILLIS << failures;
    return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
  }

  /**
   * Reads a {@code Retry-After}: seconds, or a date, which is compared with the server's own clock.
   *
   * @param value value of the header, or an empty string
   * @param date value of the response's {@code Date}, or an empty string
   * @return the time to wait; empty if the header is absent or invalid, or its date has passed
   */
  static Optional<Duration> retryAfter(String value, String date) {
    if (value.matches("\\d{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
    }
    return time(value).map(end -> Duration.between(time(date).orElseGet(Instant::now), end))
        .filter(wait -> wait.compareTo(Duration.ZERO) > 0);
  }

  private static Optional<Instant> time(String date) {
    try {
      return Optional.of(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
