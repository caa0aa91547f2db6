package io.gill.torch;

import com.google.common.base.Throwables;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Threads that share the work of matrix products. All models use the same ones; they end with the JVM.
 *
 * <p>The calling thread takes part, and a thread that another computation keeps busy is left out. So a computation
 * never waits for a thread that has not started, concurrent computations need no more threads than one, and a core that
 * another process uses slows a product down by its share only. OpenBLAS' own threads wait for each other instead: where
 * one of two cores is busy, its products take several times as long.
 */
final class WorkerThreads {
  /** Time for which a waiting thread keeps its core. Longer, it would keep the core from OpenMP's threads. */
  private static final long SPIN_NANOS = 5_000;

  /**
   * Time after which a waiting thread sleeps. Until then it yields, so that it competes little with other threads.
   * Waking it takes as long as a product of one row and 2,048 × 2,048 8-bit integers.
   */
  private static final long IDLE_NANOS = 200_000;

  private WorkerThreads() {}

  private static final class Pool {
    static final List<Worker> WORKERS = start(Torch.threads() - 1);

    private static List<Worker> start(int count) {
      List<Worker> workers = new ArrayList<>();
      CountDownLatch ready = new CountDownLatch(count);
      for (int i = 0; i < count; i++) {
        Worker worker = new Worker(ready);
        worker.thread.start();
        workers.add(worker);
      }
      boolean interrupted = false;
      while (ready.getCount() > 0) {
        try {
          ready.await();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      torch.set_num_threads(Torch.threads()); // new threads of the application copy the last number that was set
      return workers;
    }
  }

  private static final class Worker implements Runnable {
    final Thread thread = new Thread(this, "gill-worker");
    private final CountDownLatch ready;
    private final AtomicReference<@Nullable Job> job = new AtomicReference<>();
    private volatile boolean asleep;

    Worker(CountDownLatch ready) {
      this.ready = ready;
      thread.setDaemon(true);
    }

    boolean offer(Job offered) {
      if (!job.compareAndSet(null, offered)) {
        return false;
      }
      if (asleep) {
        LockSupport.unpark(thread);
      }
      return true;
    }

    @Override
    @SuppressWarnings("try") // the guard acts by existing
    public void run() {
      try (InferenceMode mode = new InferenceMode(true)) {
        torch.set_num_threads(1);
        torch.get_num_threads(); // a thread's first call copies the last number that any thread set: let it be this one
        ready.countDown();
        while (true) {
          next().work();
          job.set(null);
        }
      }
    }

    private Job next() {
      long start = System.nanoTime();
      Job next = job.get();
      while (next == null) {
        if (!waits(start)) {
          asleep = true;
          while (job.get() == null) {
            LockSupport.park(this);
            Thread.interrupted(); // with the flag set, it would not park again
          }
          asleep = false;
        }
        next = job.get();
      }
      return next;
    }
  }

  private static final class Job {
    private final int parts;
    private final IntConsumer part;
    private final Thread caller = Thread.currentThread();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger unfinished;
    private volatile @Nullable Throwable failure;

    Job(int parts, IntConsumer part) {
      this.parts = parts;
      this.part = part;
      unfinished = new AtomicInteger(parts);
    }

    /** Works on parts until all are taken. After a failure the rest is skipped. */
    void work() {
      for (int i = next.getAndIncrement(); i < parts; i = next.getAndIncrement()) {
        try {
          if (failure == null) {
            part.accept(i);
          }
        } catch (Throwable e) { // the caller throws it
          failure = e;
        }
        if (unfinished.decrementAndGet() == 0) {
          LockSupport.unpark(caller);
        }
      }
    }

    /** Waits for the parts that other threads have taken. */
    void await() {
      long start = System.nanoTime();
      while (unfinished.get() > 0) {
        if (!waits(start)) {
          if (caller.isInterrupted()) { // it cannot park
            yieldCore();
          } else {
            LockSupport.park(this);
          }
        }
      }
    }
  }

  /** Waits for a moment; returns false if the thread should sleep instead. */
  private static boolean waits(long start) {
    long waited = System.nanoTime() - start;
    if (waited >= IDLE_NANOS) {
      return false;
    }
    if (waited < SPIN_NANOS) {
      Thread.onSpinWait();
    } else {
      yieldCore();
    }
    return true;
  }

  @SuppressWarnings("ThreadPriorityCheck") // a scheduler that ignores it costs speed only
  private static void yieldCore() {
    Thread.yield();
  }

  /**
   * Runs the parts of a computation on the calling thread and all idle ones, and waits for them.
   *
   * @param parts number of parts; several per thread balance the load
   * @param part computes a part, given its index; runs on any thread, without a {@link Scope}, and runs no parts itself
   */
  static void run(int parts, IntConsumer part) {
    if (parts == 1) {
      part.accept(0);
      return;
    }
    Job job = new Job(parts, part);
    int helpers = parts - 1;
    for (Worker worker : Pool.WORKERS) {
      if (helpers > 0 && worker.offer(job)) {
        helpers--;
      }
    }
    job.work();
    job.await();
    Throwable failure = job.failure;
    if (failure != null) {
      Throwables.throwIfUnchecked(failure);
      throw new IllegalStateException(failure);
    }
  }

  /**
   * Runs parts as {@link #run} does, whose operators would use OpenMP threads: they use none. Costs a convolution that
   * follows the preparation of its kernel, which libtorch forgets when the number of threads changes.
   */
  static void runWithoutOpenMp(int parts, IntConsumer part) {
    int threads = torch.get_num_threads();
    if (threads == 1) {
      run(parts, part);
      return;
    }
    torch.set_num_threads(1);
    try {
      run(parts, part);
    } finally {
      torch.set_num_threads(threads);
    }
  }

  /** Returns into how many parts to cut a computation: enough to balance the load, and none smaller than useful. */
  static int parts(long work, long smallest) {
    int threads = Torch.threads();
    return threads == 1 ? 1 : (int) Math.max(1, Math.min(work / smallest, 2L * threads));
  }
}
