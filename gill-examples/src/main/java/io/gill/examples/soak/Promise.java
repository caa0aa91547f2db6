package io.gill.examples.soak;

import java.time.Duration;

/** A promise of the library, with cases that try to break it. Used by one thread at a time. */
interface Promise extends AutoCloseable {
  /** A short, unique name that starts with its group: {@code read/png}. */
  String name();

  /** The promise in one line. */
  String text();

  /**
   * Tries one case. The case depends only on the attempt's number and random numbers, as far as threads permit.
   *
   * @throws Exception of any type, if the promise is broken
   */
  void attempt(Attempt attempt) throws Exception;

  /** Processor time after which a case counts as a hang; by the wall clock, twelve times as much. */
  default Duration timeLimit() {
    return Duration.ofSeconds(10);
  }

  /** Maximum number of bytes that a case may allocate on its thread. */
  default long allocationLimit() {
    return Long.MAX_VALUE;
  }

  /** Whether a case may end the JVM. Such a case runs in its own process. */
  default boolean isolated() {
    return false;
  }

  /** The JVM options of that process. */
  default String[] jvmOptions() {
    return new String[] {"-Xmx512m"};
  }

  /** This promise's share of the time, relative to an ordinary promise. */
  default int weight() {
    return 1;
  }

  @Override
  default void close() {}
}
