package io.gill.concurrent;

import io.gill.GillException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Closes everything, whatever fails on the way. */
public final class Closing {
  private Closing() {}

  /**
   * Closes in reverse order.
   *
   * @param resources what to close, in the order it was opened; null elements are passed over
   * @throws RuntimeException the first failure, with the others suppressed, when everything has been tried
   */
  public static void closeAll(List<? extends @Nullable AutoCloseable> resources) {
    @Nullable RuntimeException failure = null;
    for (int i = resources.size() - 1; i >= 0; i--) {
      AutoCloseable resource = resources.get(i);
      try {
        if (resource != null) {
          resource.close();
        }
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

  /**
   * Closes in reverse order because of a failure, which stays the one that is thrown.
   *
   * @param failure receives what fails while closing
   * @param resources as for {@link #closeAll}
   */
  public static void closeAfter(Throwable failure, List<? extends @Nullable AutoCloseable> resources) {
    try {
      closeAll(resources);
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}
