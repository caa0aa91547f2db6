package io.gill.concurrent;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Open files that wait to be taken over. For one thread at a time. */
public final class OpenFiles implements AutoCloseable {
  private @Nullable List<AutoCloseable> files;

  private OpenFiles(List<AutoCloseable> files) {
    this.files = files;
  }

  /**
   * Holds files until they are taken over.
   *
   * @param files files in the order they were opened
   * @return the holder
   */
  public static OpenFiles of(AutoCloseable... files) {
    return new OpenFiles(List.of(files));
  }

  /**
   * Takes over the files.
   *
   * @return the files, to be closed by the caller
   * @throws IllegalStateException if they were already taken over or closed
   */
  public List<AutoCloseable> take() {
    List<AutoCloseable> taken = files;
    if (taken == null) {
      throw new IllegalStateException("these files have been taken or closed: a plan is loaded once");
    }
    files = null;
    return taken;
  }

  /** Closes the files, unless they were taken over. Idempotent. */
  @Override
  public void close() {
    List<AutoCloseable> left = files;
    files = null;
    if (left != null) {
      Closing.closeAll(left);
    }
  }
}
