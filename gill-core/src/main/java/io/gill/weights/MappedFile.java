package io.gill.weights;

import io.gill.GillException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
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
 * A file mapped read-only in overlapping windows, since a Java buffer is limited to 2 GiB.
 *
 * <p>A window starts at every GiB and spans almost 2 GiB, so that any range of up to one GiB lies within one window.
 * Mapping only reserves addresses; pages are loaded on access and belong to the operating system's page cache. No file
 * descriptor stays open. The JVM unmaps a window when neither this object nor a view of it is reachable.
 *
 * <p>If another process truncates the file, native code that accesses the lost pages crashes the JVM.
 * {@link #checkUnchanged} detects changes before an access; changes during an access cannot be detected. A
 * <em>private</em> file is read on each access instead of being mapped.
 */
final class MappedFile implements ByteRegion, AutoCloseable {
  private static final long STEP = 1L << 30;
  private static final long SPAN = Integer.MAX_VALUE;
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
      for (long start = 0; !PRIVATE.get() && (start == 0 || start < size); start += STEP) {
        windows.add(channel.map(FileChannel.MapMode.READ_ONLY, start, Math.min(SPAN, size - start)));
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
    List<MappedByteBuffer> open = windows;
    if (open == null) {
      throw new IllegalStateException(path + " is closed");
    }
    if (offset < 0 || length < 0 || offset > size - length) {
      throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + size);
    }
    if (!mapped) {
      return read(offset, length);
    }
    // An empty range at the end of the file may start where no window does.
    int index = (int) Math.min(offset / STEP, open.size() - 1L);
    MappedByteBuffer window = open.get(index);
    long within = offset - index * STEP;
    if (within + length <= window.capacity()) {
      return window.slice((int) within, length).order(ByteOrder.LITTLE_ENDIAN);
    }
    return mapExactly(offset, length);
  }

  /** Maps a range of more than one GiB that no window contains. */
  private ByteBuffer mapExactly(long offset, int length) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      if (channel.size() != size) {
        throw new GillException(path + " changed its size while it was open");
      }
      return channel.map(FileChannel.MapMode.READ_ONLY, offset, length).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new GillException(path + " cannot be read: " + e.getMessage(), e);
    }
  }

  private ByteBuffer read(long offset, int length) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(length);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, offset + bytes.position()) < 0) {
          throw new GillException(path + " was truncated while it was read");
        }
      }
    } catch (IOException e) {
      throw new GillException(path + " cannot be read: " + e.getMessage(), e);
    }
    return bytes.flip().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    windows = null;
  }
}
