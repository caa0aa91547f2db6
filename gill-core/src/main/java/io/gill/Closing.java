package io.gill;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Closes everything, whatever fails on the way. */
final class Closing {
  private Closing() {}

  /** Closes in reverse order; the first failure is thrown at the end, with the others suppressed. */
  static void closeAll(List<? extends AutoCloseable> resources) {
    @Nullable RuntimeException failure = null;
    for (int i = resources.size() - 1; i >= 0; i--) {
      try {
        resources.get(i).close();
      } catch (Exception e) {
        if (failure == null) {
          failure = e instanceof RuntimeException unchecked ? unchecked : new GillException("closing failed: " + e, e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
