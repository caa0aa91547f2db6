package io.gill.concurrent;

import io.gill.GillException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A file that one process, and one user in it, locks at a time. The lock ends with the process at the latest; the file
 * stays, since others may wait for it.
 */
public final class LockFile implements AutoCloseable {
  /** Files locked by this process. Closing any other channel of a locked file would release the lock. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel channel;

  private LockFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Locks a file.
   *
   * @param file path of the file, created if missing; its folder exists
   * @return null if it is locked, in this or another process
   * @throws GillException if there is something else than a file
   * @throws IOException if it cannot be created or locked
   */
  public static @Nullable LockFile tryLock(Path file) throws IOException {
    Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent(), "the folder of a file");
    Path path = folder.toRealPath().resolve(file.getFileName());
    if (!HELD.add(path)) {
      return null;
    }
    @Nullable FileChannel channel = null;
    try {
      channel = locked(path);
      return channel == null ? null : new LockFile(path, channel);
    } finally {
      if (channel == null) {
        HELD.remove(path);
      }
    }
  }

  private static @Nullable FileChannel locked(Path path) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new GillException(path + " is not a regular file: remove it"); // opening a pipe blocks
    }
    FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // A copy of this class in another class loader holds the lock.
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    return null;
  }

  /** Frees the lock. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // The lock ends with the process at the latest.
    } finally {
      HELD.remove(path);
    }
  }
}
