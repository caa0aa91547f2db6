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
 * A file mapped read-only in overlapping windows, since one Java buffer ends at 2 GiB.
 *
 * <p>A window begins at every GiB and spans almost two, so that any range up to one GiB lies inside one window. Mapping
 * reserves addresses only; pages come in when touched and belong to the operating system's cache. No descriptor stays
 * open. The JVM unmaps a window once neither this object nor a view of it is reachable.
 *
 * <p>Nothing protects the pages of a file that another process cuts short: touching them ends the JVM where native code
 * does it. {@link #checkUnchanged} tells of a change before they are touched; what changes while they are being touched
 * cannot be told. A <em>private</em> file is not mapped but read, whenever a range is asked for.
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

  /** Runs something in which files that are opened on this thread are not mapped. */
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

  /** False for a private file. */
  boolean isMapped() {
    return mapped;
  }

  /** From now on {@link #checkUnchanged} checks: native code has addresses in this file. */
  void stays() {
    stays = mapped;
  }

  /**
   * Refuses a file that another process has cut short or written to since it was opened, where it matters. A file that
   * was replaced by rename, or deleted, does not: its pages live as long as the mapping.
   */
  void checkUnchanged() {
    if (!stays) {
      return;
    }
    try {
      BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
      boolean same = Objects.equals(key, now.fileKey());
      if (same && (now.size() != size || !now.lastModifiedTime().equals(modified))) {
        throw new GillException(path + " was written to while its weights were in use (" + size + " bytes then, "
            + now.size() + " now): load the model again, replace files by renaming new ones, or load with"
            + " LoadOptions.withMapping(false)");
      }
    } catch (IOException e) {
      // It has no name any more, and nobody can shorten it.
    }
  }

  /** In place of the error that the JVM throws where a page of a mapped file is gone. */
  GillException shrunk(InternalError e) {
    return new GillException(path + " was cut short while it was read", e);
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
    // An empty range at the very end may begin where no window does.
    int index = (int) Math.min(offset / STEP, open.size() - 1L);
    MappedByteBuffer window = open.get(index);
    long within = offset - index * STEP;
    if (within + length <= window.capacity()) {
      return window.slice((int) within, length).order(ByteOrder.LITTLE_ENDIAN);
    }
    return mapExactly(offset, length);
  }

  /** For the rare range over one GiB that no window holds. */
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
          throw new GillException(path + " was cut short while it was read");
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
