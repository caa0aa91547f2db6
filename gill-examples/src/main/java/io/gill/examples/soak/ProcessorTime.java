package io.gill.examples.soak;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;

/**
 * What a thread has taken since a moment: of a processor, since others may keep the machine busy, and only far beyond
 * that by the clock, since what waits takes no processor.
 */
final class ProcessorTime {
  private static final int BY_THE_CLOCK = 12;

  private final Thread thread;
  private volatile long processor;
  private volatile long clock;

  private ProcessorTime(Thread thread) {
    this.thread = thread;
    restart();
  }

  static ProcessorTime of(Thread thread) {
    return new ProcessorTime(thread);
  }

  /** Counts from now on; any thread may call it. */
  void restart() {
    processor = processorNanos();
    clock = System.nanoTime();
  }

  boolean isOver(Duration limit) {
    return processorNanos() - processor > limit.toNanos()
        || System.nanoTime() - clock > BY_THE_CLOCK * limit.toNanos();
  }

  /** Zero where the JVM does not say. */
  private long processorNanos() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return threads.isThreadCpuTimeSupported() ? threads.getThreadCpuTime(thread.getId()) : 0;
  }

  /** For messages. */
  @Override
  public String toString() {
    return (processorNanos() - processor) / 1_000_000 + " ms of a processor and "
        + (System.nanoTime() - clock) / 1_000_000 + " ms by the clock";
  }
}
