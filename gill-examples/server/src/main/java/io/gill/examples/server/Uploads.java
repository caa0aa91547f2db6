package io.gill.examples.server;

import java.util.concurrent.atomic.AtomicLong;

/** Bounds the memory of all bodies that are being received. Thread-safe. */
final class Uploads {
  private final AtomicLong free;

  Uploads(long mostBytes) {
    free = new AtomicLong(mostBytes);
  }

  /** Takes memory if there is enough. */
  boolean take(int bytes) {
    if (free.addAndGet(-bytes) >= 0) {
      return true;
    }
    free.addAndGet(bytes);
    return false;
  }

  void giveBack(int bytes) {
    free.addAndGet(bytes);
  }
}
