package io.gill;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Counts the calls a model is answering, so that closing it can cancel them and wait for them. */
final class RunningCalls {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();

  /** Call depth of each thread; calls may nest. */
  private final Map<Thread, Integer> depths = new HashMap<>();

  private volatile boolean closed;

  /** Runs a call, unless the model is closed. */
  <T> T run(Supplier<T> call) {
    enter();
    try {
      return call.get();
    } finally {
      leave();
    }
  }

  private void enter() {
    lock.lock();
    try {
      checkOpen();
      depths.merge(Thread.currentThread(), 1, Integer::sum);
    } finally {
      lock.unlock();
    }
  }

  private void leave() {
    lock.lock();
    try {
      depths.computeIfPresent(Thread.currentThread(), (thread, depth) -> depth == 1 ? null : depth - 1);
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether this thread is in a call, for example in a listener. */
  boolean hasThisThread() {
    lock.lock();
    try {
      return depths.containsKey(Thread.currentThread());
    } finally {
      lock.unlock();
    }
  }

  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("this model is closed");
    }
  }

  /** Returns whether the model is being closed, so that running calls should end. */
  boolean isClosed() {
    return closed;
  }

  /** Rejects new calls and waits until none is running. */
  void close() {
    lock.lock();
    try {
      closed = true;
      while (!depths.isEmpty()) {
        ended.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }
}
