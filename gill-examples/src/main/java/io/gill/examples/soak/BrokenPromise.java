package io.gill.examples.soak;

import org.jspecify.annotations.Nullable;

/** Thrown if a case shows that a promise does not hold. */
final class BrokenPromise extends RuntimeException {
  private static final long serialVersionUID = 1;

  BrokenPromise(String message) {
    super(message);
  }

  BrokenPromise(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  static void unless(boolean held, String otherwise) {
    if (!held) {
      throw new BrokenPromise(otherwise);
    }
  }
}
