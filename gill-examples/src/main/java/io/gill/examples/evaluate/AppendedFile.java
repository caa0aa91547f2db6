package io.gill.examples.evaluate;

import io.gill.GillException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file to which one process at a time appends. An append that fails leaves nothing of itself: only a kill or an
 * interrupt can leave an incomplete end. Thread-safe.
 */
final class AppendedFile implements AutoCloseable {
  /** Files that this process has open. Closing any other channel of one would free its lock. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;

  /** The file without links in its path. */
  private final Path held;

  private final FileChannel channel;

  /** Number of bytes without a failed append, whose bytes may still be there. */
  private long end;

  private AppendedFile(Path file, Path held, FileChannel channel) throws IOException {
    this.file = file;
    this.held = held;
    this.channel = channel;
    this.end = channel.size();
  }

  /**
   * Opens a file, or creates it and its folder.
   *
   * @throws GillException if it is open already, in this or another process, or it cannot be opened
   */
  static AppendedFile open(Path file) {
    try {
      Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent(), "the folder of a file");
      Files.createDirectories(folder);
      Path held = folder.toRealPath().resolve(file.getFileName());
      if (!HELD.add(held)) {
        throw inUse(file);
      }
      try {
        return open(file, held);
      } catch (IOException | RuntimeException e) {
        HELD.remove(held);
        throw e;
      }
    } catch (IOException e) {
      throw new GillException(file + " cannot be opened: " + e, e);
    }
  }

  private static AppendedFile open(Path file, Path held) throws IOException {
    FileChannel channel = FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        throw inUse(file);
      }
      return new AppendedFile(file, held, channel);
    } catch (OverlappingFileLockException e) { // a copy of this class in another class loader
      channel.close();
      throw inUse(file);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static GillException inUse(Path file) {
    return new GillException(file + " is in use by another evaluation: name another folder");
  }

  Path path() {
    return file;
  }

  /** Returns the number of bytes. */
  synchronized long size() {
    return end;
  }

  /** Fills a buffer from a position in the file, which must not end before. */
  synchronized void read(ByteBuffer bytes, long position) {
    try {
      long next = position;
      while (bytes.hasRemaining()) {
        int count = channel.read(bytes, next);
        if (count < 0) {
          throw new IOException("it ends at " + next);
        }
        next += count;
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private IllegalStateException unreadable(IOException e) {
    return new IllegalStateException(file + " cannot be read: " + e.getMessage(), e);
  }

  /** Drops all bytes from a position on. */
  synchronized void truncate(long size) {
    try {
      channel.truncate(size);
      end = Math.min(end, size);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /**
   * Appends bytes. They are in the file when this method returns.
   *
   * @throws IllegalStateException if they cannot be written, which ends an evaluation: no item is to blame
   */
  synchronized void append(ByteBuffer bytes) {
    try {
      if (channel.size() > end) {
        channel.truncate(end);
      }
      long next = end;
      try {
        while (bytes.hasRemaining()) {
          next += channel.write(bytes, next);
        }
      } catch (IOException e) {
        shorten(end, e);
        throw e;
      }
      end = next;
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private void shorten(long size, IOException problem) {
    try {
      channel.truncate(size);
    } catch (IOException e) {
      problem.addSuppressed(e);
    }
  }

  private IllegalStateException unwritable(IOException e) {
    return new IllegalStateException(file + " could not be written (" + e.getMessage()
        + "): check the free space, then give the same command to resume", e);
  }

  @Override
  public synchronized void close() {
    try {
      channel.close(); // unlocks
    } catch (IOException e) {
      throw new GillException(file + " could not be closed: " + e.getMessage(), e);
    } finally {
      HELD.remove(held);
    }
  }
}
