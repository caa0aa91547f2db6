package io.gill.torch;

import com.google.common.base.Throwables;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.bytedeco.pytorch.global.torch;

/** Threads for native operators that use only the calling one. All models share them; they end with the JVM. */
final class WorkerThreads {
  private WorkerThreads() {}

  private static final class Pool {
    static final int COUNT = Math.max(0, torch.get_num_threads() - 1);
    static final ExecutorService THREADS = Executors.newFixedThreadPool(Math.max(1, COUNT), task -> {
      Thread thread = new Thread(task, "gill-worker");
      thread.setDaemon(true);
      return thread;
    });
  }

  /** Returns the number of threads beside the caller's. */
  static int count() {
    return Pool.COUNT;
  }

  /**
   * Runs tasks, the first one on the calling thread, and waits for all of them.
   *
   * @param tasks the tasks; they neither use a {@link Scope} nor run tasks themselves
   * @return their results in order
   */
  static <T> List<T> run(List<Supplier<T>> tasks) {
    List<CompletableFuture<T>> others = new ArrayList<>();
    for (Supplier<T> task : tasks.subList(1, tasks.size())) {
      others.add(CompletableFuture.supplyAsync(task, Pool.THREADS));
    }
    List<T> results = new ArrayList<>();
    try {
      results.add(tasks.get(0).get());
    } finally {
      awaitAll(others); // also after a failure: the tasks read the caller's tensors
    }
    others.forEach(other -> results.add(join(other)));
    return results;
  }

  private static <T> void awaitAll(List<CompletableFuture<T>> futures) {
    CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new)).handle((done, failure) -> null).join();
  }

  private static <T> T join(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      Throwables.throwIfUnchecked(Objects.requireNonNullElse(e.getCause(), e));
      throw e;
    }
  }
}
