package io.gill;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Limits the calls that a model computes at a time. Further calls wait in the order in which they came. */
final class Admission {
  /** Time after which a waiting call is asked again whether it was cancelled. */
  private static final long CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final int mostRunning;
  private final int mostWaiting;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // guarded by the lock
  private final Set<Thread> running = new HashSet<>();
  private final Queue<Thread> waiting = new ArrayDeque<>();

  Admission(int mostRunning, int mostWaiting) {
    this.mostRunning = mostRunning;
    this.mostWaiting = mostWaiting;
  }

  /**
   * Runs a call when its turn comes; at once if this thread is in a call already, for example in a listener.
   *
   * @throws ModelBusyException if too many calls wait or the deadline passes before
   * @throws CancellationException if the call is cancelled before
   */
  <T, E extends Exception> T run(BooleanSupplier cancelled, Deadline deadline, Call<T, E> call) throws E {
    return run(cancelled, deadline, call, () -> {
      throw new CancellationException("the call was cancelled");
    });
  }

  /** What runs when its turn comes. */
  @FunctionalInterface
  interface Call<T, E extends Exception> {
    T get() throws E;
  }

  /**
   * Runs a call as the other method does.
   *
   * @param otherwise returns the result of a call that is cancelled before its turn
   */
  <T, E extends Exception> T run(
      BooleanSupplier cancelled, Deadline deadline, Call<T, E> call, Supplier<T> otherwise) throws E {
    if (!enter()) {
      return call.get();
    }
    try {
      while (!isRunning()) {
        if (cancelled.getAsBoolean()) {
          return otherwise.get();
        }
        if (deadline.isPassed()) {
          throw new ModelBusyException("the call's time-out of " + deadline.timeout().orElseThrow().toMillis()
              + " ms passed while it waited for others: try again later, or allow more time");
        }
      }
      return call.get();
    } finally {
      leave();
    }
  }

  /** Starts the call of this thread or lets it wait. Returns false if it has one already. */
  private boolean enter() {
    lock.lock();
    try {
      Thread caller = Thread.currentThread();
      if (running.contains(caller)) {
        return false;
      }
      if (running.size() < mostRunning && waiting.isEmpty()) {
        running.add(caller);
      } else if (waiting.size() < mostWaiting) {
        waiting.add(caller);
      } else {
        throw new ModelBusyException("the model's limit of " + mostRunning + " running and " + mostWaiting
            + " waiting calls is reached: try again later, or raise GillModel.builder().limits(…)");
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether this thread's call runs, and waits a moment for its turn. */
  private boolean isRunning() {
    lock.lock();
    try {
      Thread caller = Thread.currentThread();
      long left = CHECK_NANOS;
      while (!running.contains(caller) && !isNext(caller) && left > 0) {
        left = changed.awaitNanos(left);
      }
      if (isNext(caller)) {
        waiting.remove();
        running.add(caller);
        changed.signalAll(); // the next one may run, too
      }
      return running.contains(caller);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // cancels the call
      return false;
    } finally {
      lock.unlock();
    }
  }

  private boolean isNext(Thread caller) {
    return running.size() < mostRunning && waiting.peek() == caller;
  }

  private void leave() {
    lock.lock();
    try {
      running.remove(Thread.currentThread());
      waiting.remove(Thread.currentThread());
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
