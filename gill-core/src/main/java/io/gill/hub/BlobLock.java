package io.gill.hub;

import io.gill.GillException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A lock that one process, and one thread in it, holds at a time. It ends with the process. */
final class BlobLock implements AutoCloseable {
  private static final long POLL_MILLIS = 50;

  private final Path path;
  private final FileChannel channel;

  private BlobLock(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** Waits for a lock. */
  static BlobLock acquire(Path path) throws InterruptedException {
    try {
      Files.createDirectories(path.getParent());
      FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        while (tryLock(channel) == null) {
          Thread.sleep(POLL_MILLIS);
        }
      } catch (InterruptedException | IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
      return new BlobLock(path, channel);
    } catch (IOException e) {
      throw new GillException(path + " cannot be locked: " + e, e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // another thread of this process holds it
    }
  }

  /** Frees the lock. The file stays, since another process may wait for it. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new GillException(path + " cannot be closed: " + e, e);
    }
  }
}
