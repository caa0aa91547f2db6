package io.gill.examples.spark;

import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** Kills a process started by Spark when some tasks are done and others are running. Spark creates it by its name. */
public final class KillsAnExecutor extends SparkListener {
  private static Set<Long> others = Set.of();
  private static int after;
  private static final AtomicInteger ENDED = new AtomicInteger();

  /** Arms the listener. Processes that exist already are spared. */
  static void arm(int tasks) {
    others = ProcessHandle.current().descendants().map(ProcessHandle::pid).collect(Collectors.toSet());
    after = tasks;
    ENDED.set(0);
  }

  static boolean hasKilled() {
    return ENDED.get() >= after;
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    if (ENDED.incrementAndGet() == after) {
      ProcessHandle.current().descendants().filter(process -> !others.contains(process.pid()))
          .findFirst().orElseThrow().destroyForcibly();
    }
  }
}
