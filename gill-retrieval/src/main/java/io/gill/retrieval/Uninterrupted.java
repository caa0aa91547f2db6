package io.gill.retrieval;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Runs I/O on an index's files on a separate thread, because an interrupt would close the file in use and, with it,
 * Lucene's writer. The caller waits and keeps its interrupted status.
 */
final class Uninterrupted {
  private static final ExecutorService THREADS = Executors.newCachedThreadPool(new ThreadFactoryBuilder()
      .setNameFormat("gill-index-%d").setDaemon(true).setThreadFactory(work -> new Thread(top(), work, "")).build());

  private Uninterrupted() {}

  /** The root group: applications may interrupt whole groups, and Lucene's merges run in the group of their creator. */
  private static ThreadGroup top() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    return group;
  }

  /** Work on files. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws IOException;
  }

  static void finish(Runnable work) {
    try {
      run(() -> {
        work.run();
        return true;
      });
    } catch (IOException e) {
      throw new AssertionError("a Runnable throws no IOException", e);
    }
  }

  static <T> T run(Work<T> work) throws IOException {
    try {
      return Objects.requireNonNull(Uninterruptibles.getUninterruptibly(THREADS.submit(work::run)));
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException problem) {
        throw problem;
      } else if (cause instanceof RuntimeException unchecked) {
        throw unchecked;
      } else if (cause instanceof Error error) {
        throw error;
      }
      throw new AssertionError(cause); // work throws nothing else
    }
  }
}
