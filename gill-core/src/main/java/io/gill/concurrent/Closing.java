package io.gill.concurrent;

import io.gill.GillException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Closes several resources, even if some of them fail to close. */
public final class Closing {
  private Closing() {}

  /**
   * Closes resources in reverse order.
   *
   * @param resources resources in the order they were opened; nulls are skipped
   * @throws RuntimeException the first failure, with later ones suppressed, after all resources have been tried
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
   * Closes resources in reverse order after a failure, which remains the one to throw.
   *
   * @param failure receives failures to close as suppressed exceptions
   * @param resources resources in the order they were opened; nulls are skipped
   */
  public static void closeAfter(Throwable failure, List<? extends @Nullable AutoCloseable> resources) {
    try {
      closeAll(resources);
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}
