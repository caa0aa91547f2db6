package io.gill.examples.soak;

import java.time.Duration;

/** One promise of the library and the cases that try to break it. Used by one thread at a time. */
interface Promise extends AutoCloseable {
  /** Short and unique, the group first: {@code read/png}. */
  String name();

  /** The promise in one line. */
  String text();

  /**
   * Tries one case. The case follows from the attempt's number and random numbers alone, as far as threads permit.
   *
   * @throws Exception if the promise is broken, whatever its type
   */
  void attempt(Attempt attempt) throws Exception;

  /** How much of a processor's time a case may take, or twelve times as much by the clock, before it is a hang. */
  default Duration timeLimit() {
    return Duration.ofSeconds(10);
  }

  /** How many bytes a case may allocate on its thread. */
  default long allocationLimit() {
    return Long.MAX_VALUE;
  }

  /** Whether a case may end the JVM, so that it runs in a process of its own. */
  default boolean isolated() {
    return false;
  }

  /** The options of that process's JVM. */
  default String[] jvmOptions() {
    return new String[] {"-Xmx512m"};
  }

  /** How large a share of the time this promise gets; 1 is ordinary. */
  default int weight() {
    return 1;
  }

  @Override
  default void close() {}
}
