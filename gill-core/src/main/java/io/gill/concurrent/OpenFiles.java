package io.gill.concurrent;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Files that are open until someone takes them over. For one thread at a time. */
public final class OpenFiles implements AutoCloseable {
  private @Nullable List<AutoCloseable> files;

  private OpenFiles(List<AutoCloseable> files) {
    this.files = files;
  }

  /**
   * Files to hand over.
   *
   * @param files in the order they were opened
   * @return their holder
   */
  public static OpenFiles of(AutoCloseable... files) {
    return new OpenFiles(List.of(files));
  }

  /**
   * Hands the files over.
   *
   * @return the files, which the caller closes
   * @throws IllegalStateException if they were taken or closed before
   */
  public List<AutoCloseable> take() {
    List<AutoCloseable> taken = files;
    if (taken == null) {
      throw new IllegalStateException("these files have been taken or closed: a plan is loaded once");
    }
    files = null;
    return taken;
  }

  /** Closes the files if nobody took them. Idempotent. */
  @Override
  public void close() {
    List<AutoCloseable> left = files;
    files = null;
    if (left != null) {
      Closing.closeAll(left);
    }
  }
}
