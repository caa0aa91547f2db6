package io.gill.concurrent;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Computes what several threads ask for at about the same time as one batch. Threads join and leave at every batch
 * (continuous batching: Yu et al. 2022, Orca).
 *
 * <p>There is no thread of its own: whoever asks while nobody computes, computes for all who wait, in the order in
 * which they came. A thread that is alone never waits. Thread-safe.
 *
 * @param <I> type of an input
 * @param <O> type of an output
 */
public final class Batching<I, O> {
  /** Part of the last batch's time for which a batch waits for the threads that took part in it. */
  private static final int PATIENCE = 8;

  private final int most;
  private final Function<List<I>, List<O>> computation;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // guarded by the lock
  private final Queue<Request<I, O>> waiting = new ArrayDeque<>();
  private boolean computing;
  private int expected;
  private long lastNanos;

  /**
   * Creates an empty queue.
   *
   * @param most largest number of inputs in a batch
   * @param computation returns one output per input, in their order
   */
  public Batching(int most, Function<List<I>, List<O>> computation) {
    this.most = most;
    this.computation = computation;
  }

  private static final class Request<I, O> {
    final I input;
    @Nullable O output;
    @Nullable Throwable failure;

    Request(I input) {
      this.input = input;
    }

    boolean isDone() {
      return output != null || failure != null;
    }
  }

  /**
   * Computes the output for one input, alone or in a batch with others. Cannot be interrupted; the interrupt flag stays
   * set.
   *
   * @param input the input
   * @return its output
   * @throws RuntimeException what the computation throws for this input alone; the inputs of a batch that fails are
   *     computed one by one
   */
  public O call(I input) {
    Request<I, O> request = new Request<>(input);
    lock.lock();
    try {
      waiting.add(request);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    for (List<Request<I, O>> batch = next(request); !batch.isEmpty(); batch = next(request)) {
      long start = System.nanoTime();
      try {
        compute(batch);
      } catch (RuntimeException | Error e) { // no memory for the second attempt, say
        for (Request<I, O> one : batch) {
          if (!one.isDone()) {
            one.failure = e;
          }
        }
      } finally {
        finish(batch.size(), System.nanoTime() - start);
      }
    }
    if (request.failure instanceof RuntimeException e) {
      throw e;
    }
    if (request.failure instanceof Error e) {
      throw e;
    }
    return Objects.requireNonNull(request.output);
  }

  /** Waits until the request is done, which returns nothing, or until it is this thread's turn to compute some. */
  private List<Request<I, O>> next(Request<I, O> request) {
    lock.lock();
    try {
      while (computing && !request.isDone()) {
        changed.awaitUninterruptibly();
      }
      if (request.isDone()) {
        return List.of();
      }
      computing = true;
      try {
        awaitOthers();
        List<Request<I, O>> batch = new ArrayList<>(Math.min(most, waiting.size())); // no failure after a removal
        while (batch.size() < most && !waiting.isEmpty()) {
          batch.add(waiting.remove());
        }
        return batch;
      } catch (RuntimeException | Error e) { // no memory, say: another thread computes
        computing = false;
        changed.signalAll();
        throw e;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits a moment for threads that will ask for their next output, too. */
  private void awaitOthers() {
    boolean interrupted = false;
    long left = lastNanos / PATIENCE;
    while (!interrupted && waiting.size() < Math.min(most, expected) && left > 0) {
      try {
        left = changed.awaitNanos(left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns the number of inputs that wait. */
  int waiting() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  private void finish(int count, long nanos) {
    lock.lock();
    try {
      computing = false;
      expected = count + waiting.size();
      lastNanos = nanos;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void compute(List<Request<I, O>> batch) {
    try {
      List<O> outputs = computation.apply(batch.stream().map(request -> request.input).toList());
      for (int i = 0; i < batch.size(); i++) {
        batch.get(i).output = outputs.get(i);
      }
    } catch (RuntimeException | Error e) {
      if (batch.size() == 1) {
        batch.get(0).failure = e;
      } else {
        batch.forEach(request -> compute(List.of(request))); // one input's failure is not another's
      }
    }
  }
}
