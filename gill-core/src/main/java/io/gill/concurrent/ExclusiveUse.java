package io.gill.concurrent;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Guards a resource that one thread at a time may use. Refuses a second thread and nested calls, and frees the resource
 * once, when no call is running.
 */
public final class ExclusiveUse {
  private final String what;
  private final Runnable free;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean closed;
  private boolean freed; // guarded by lock

  /**
   * Creates a guard of an open resource.
   *
   * @param what name of the resource in messages: "session"
   * @param free frees the resource; called once
   */
  public ExclusiveUse(String what, Runnable free) {
    this.what = what;
    this.free = free;
  }

  /**
   * Runs a call.
   *
   * @param call the call
   * @param <T> type of the result
   * @return the result of the call
   * @throws IllegalStateException after {@link #close}, or while a call is running on this or another thread
   */
  public <T extends @Nullable Object> T run(Supplier<T> call) {
    checkOpen();
    if (lock.isHeldByCurrentThread()) {
      throw new IllegalStateException(
          "this " + what + " is in use by a call that has not returned: a listener or a stage cannot use it as well");
    }
    if (!lock.tryLock()) {
      checkOpen();
      throw new IllegalStateException("this " + what + " is in use by another thread: a " + what
          + " is for one thread at a time; wait for its call to return, or open another " + what);
    }
    try {
      checkOpen();
      return call.get();
    } finally {
      lock.unlock();
      if (closed && lock.tryLock()) { // after the unlock: until then, a closing thread leaves it to this one
        freeAndUnlock();
      }
    }
  }

  /**
   * Throws an exception if this guard is closed.
   *
   * @throws IllegalStateException after {@link #close}
   */
  public void checkOpen() {
    if (closed) {
      throw new IllegalStateException("this " + what + " is closed");
    }
  }

  /**
   * Returns whether {@link #close} was called, so that a running call should end.
   *
   * @return true after the call
   */
  public boolean isClosed() {
    return closed;
  }

  /**
   * Refuses new calls, waits for a running one and frees the resource. Idempotent.
   *
   * @throws IllegalStateException within a call, which would wait for itself; nothing changes then
   */
  public void close() {
    checkOutside();
    closed = true;
    lock.lock();
    freeAndUnlock();
  }

  /**
   * Closes without waiting: a running call of another thread frees the resource when it ends.
   *
   * @throws IllegalStateException within a call; nothing changes then
   */
  public void closeWithoutWaiting() {
    checkOutside();
    closed = true;
    if (lock.tryLock()) { // otherwise the thread inside has yet to check the flag
      freeAndUnlock();
    }
  }

  private void checkOutside() {
    if (lock.isHeldByCurrentThread()) {
      throw new IllegalStateException("this " + what
          + " cannot be closed by a listener or a stage of its own call: close it after the call has returned");
    }
  }

  private void freeAndUnlock() {
    try {
      if (!freed) {
        freed = true;
        free.run();
      }
    } finally {
      lock.unlock();
    }
  }
}
