package io.gill.examples.soak;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;

/**
 * Time that a thread has taken since a moment. Processor time counts, since others may keep the machine busy.
 * Wall-clock time counts only far beyond that, since a waiting thread takes no processor time.
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

  /** Restarts the measurement. Any thread may call it. */
  void restart() {
    processor = processorNanos();
    clock = System.nanoTime();
  }

  boolean isOver(Duration limit) {
    return processorNanos() - processor > limit.toNanos()
        || System.nanoTime() - clock > BY_THE_CLOCK * limit.toNanos();
  }

  /** Zero where the JVM does not report it. */
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
