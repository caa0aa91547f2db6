package io.gill.weights;

import io.gill.GillException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A file mapped read-only in windows of almost 2 GiB, the limit of a Java buffer.
 *
 * <p>Mapping only reserves addresses; pages are loaded on access and belong to the operating system's page cache, but
 * count as this process's memory. {@link #read} copies bytes without accessing the mapping. No file descriptor stays
 * open. The JVM unmaps a window when neither this object nor a view of it is reachable.
 *
 * <p>If another process truncates the file, native code that accesses the lost pages crashes the JVM.
 * {@link #checkUnchanged} detects changes before an access; changes during an access cannot be detected. A
 * <em>private</em> file is read on each access instead of being mapped.
 */
final class MappedFile implements ByteRegion, AutoCloseable {
  /** Size of a window: a multiple of every system's page size. */
  private static final long WINDOW = (1L << 31) - (1 << 16);

  /** Smallest range between two windows that is mapped on its own instead of copied. */
  private static final int MAPPED = 1 << 20;

  private static final ThreadLocal<Boolean> PRIVATE = ThreadLocal.withInitial(() -> false);

  private final Path path;
  private final long size;
  private final FileTime modified;
  private final @Nullable Object key;
  private final boolean mapped;
  private volatile @Nullable List<MappedByteBuffer> windows;
  private volatile boolean stays;

  private MappedFile(Path path, BasicFileAttributes attributes, long size, List<MappedByteBuffer> windows) {
    this.path = path;
    this.size = size;
    this.modified = attributes.lastModifiedTime();
    this.key = attributes.fileKey();
    this.mapped = !windows.isEmpty();
    this.windows = windows;
  }

  /** Runs a task during which files opened on this thread are not mapped. */
  static <T> T withoutMapping(Supplier<T> body) {
    Boolean before = PRIVATE.get();
    PRIVATE.set(true);
    try {
      return body.get();
    } finally {
      PRIVATE.set(before);
    }
  }

  static MappedFile open(Path path) {
    if (Files.isDirectory(path)) {
      throw new GillException(path + " is a folder, not a file of weights");
    }
    try (FileChannel channel = FileChannel.open(RegularFile.require(path), StandardOpenOption.READ)) {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      long size = channel.size();
      List<MappedByteBuffer> windows = new ArrayList<>();
      for (long start = 0; !PRIVATE.get() && (start == 0 || start < size); start += WINDOW) {
        windows.add(channel.map(FileChannel.MapMode.READ_ONLY, start, Math.min(WINDOW, size - start)));
      }
      return new MappedFile(path, attributes, size, List.copyOf(windows));
    } catch (NoSuchFileException e) {
      throw new GillException(path + " does not exist", e);
    } catch (IOException e) {
      throw new GillException(path + " cannot be read: " + e.getMessage(), e);
    }
  }

  Path path() {
    return path;
  }

  @Override
  public MappedFile file() {
    return this;
  }

  /** Returns false for a private file. */
  boolean isMapped() {
    return mapped;
  }

  /** Enables {@link #checkUnchanged}: from now on native code holds addresses in this file. */
  void stays() {
    stays = mapped;
  }

  /**
   * Rejects a file that another process has truncated or modified since it was opened, if native code holds addresses
   * in it. A file that was replaced by renaming, or deleted, is fine: its pages live as long as the mapping.
   */
  void checkUnchanged() {
    if (!stays) {
      return;
    }
    try {
      BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
      boolean same = Objects.equals(key, now.fileKey());
      if (same && (now.size() != size || !now.lastModifiedTime().equals(modified))) {
        throw new GillException(path + " was modified while its weights were in use (" + size + " bytes then, "
            + now.size() + " now): load the model again, replace files by renaming, or load with"
            + " LoadOptions.builder().mapping(false)");
      }
    } catch (IOException e) {
      // The file no longer has a name, so nobody can truncate it.
    }
  }

  /** Replaces the error that the JVM throws when a page of a mapped file is gone. */
  GillException shrunk(InternalError e) {
    return new GillException(path + " was truncated while it was read", e);
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public ByteBuffer slice(long offset, int length) {
    check(offset, length);
    if (!mapped) {
      return copy(offset, length);
    }
    int index = window(offset);
    int within = (int) (offset - index * WINDOW);
    MappedByteBuffer window = open().get(index);
    if (within + (long) length <= window.capacity()) {
      return window.slice(within, length).order(ByteOrder.LITTLE_ENDIAN);
    }
    return length < MAPPED ? copy(offset, length) : mapExactly(offset, length);
  }

  private List<MappedByteBuffer> open() {
    List<MappedByteBuffer> open = windows;
    if (open == null) {
      throw new IllegalStateException(path + " is closed");
    }
    return open;
  }

  private void check(long offset, int length) {
    open();
    if (offset < 0 || length < 0 || offset > size - length) {
      throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + size);
    }
  }

  /** Returns the window that contains a byte, or the last one for the end of the file. */
  private int window(long offset) {
    return (int) Math.min(offset / WINDOW, open().size() - 1L);
  }

  private ByteBuffer copy(long offset, int length) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(length);
    read(offset, bytes);
    return bytes.flip().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Maps a range that no window contains. */
  private ByteBuffer mapExactly(long offset, int length) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return isReplaced() ? copy(offset, length)
          : channel.map(FileChannel.MapMode.READ_ONLY, offset, length).order(ByteOrder.LITTLE_ENDIAN);
    } catch (NoSuchFileException e) {
      return copy(offset, length);
    } catch (IOException e) {
      throw new GillException(path + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Returns whether the path names another file than the mapped one, which still exists. */
  private boolean isReplaced() throws IOException {
    return mapped && !Objects.equals(key, Files.readAttributes(path, BasicFileAttributes.class).fileKey());
  }

  @Override
  public void read(long offset, ByteBuffer into) {
    check(offset, into.remaining());
    long shift = offset - into.position();
    boolean interrupted = false;
    try {
      while (into.hasRemaining()) {
        interrupted |= Thread.interrupted(); // an interrupt would close the channel
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
          if (isReplaced()) {
            readMapped(shift, into);
          }
          while (into.hasRemaining()) {
            if (channel.read(into, shift + into.position()) < 0) {
              throw new GillException(path + " was truncated while it was read");
            }
          }
        } catch (ClosedByInterruptException e) {
          // goes on with another channel
        }
      }
    } catch (NoSuchFileException e) {
      if (!mapped) {
        throw new GillException(path + " was deleted while it was read", e);
      }
      readMapped(shift, into);
    } catch (IOException e) {
      throw new GillException(path + " cannot be read: " + e.getMessage(), e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void readMapped(long shift, ByteBuffer into) {
    while (into.hasRemaining()) {
      long offset = shift + into.position();
      int index = window(offset);
      int within = (int) (offset - index * WINDOW);
      MappedByteBuffer window = open().get(index);
      into.put(window.slice(within, Math.min(into.remaining(), window.capacity() - within)));
    }
  }

  @Override
  public void close() {
    windows = null;
  }
}
