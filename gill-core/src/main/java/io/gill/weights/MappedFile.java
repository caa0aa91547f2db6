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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file mapped read-only in overlapping windows, since one Java buffer ends at 2 GiB.
 *
 * <p>A window begins at every GiB and spans almost two, so that any range up to one GiB lies inside one window. Mapping
 * reserves addresses only; pages come in when touched and belong to the operating system's cache. No descriptor stays
 * open. The JVM unmaps a window once neither this object nor a view of it is reachable. A file that is cut short while
 * it is mapped makes later reads fail with {@link InternalError}.
 */
final class MappedFile implements ByteRegion, AutoCloseable {
  private static final long STEP = 1L << 30;
  private static final long SPAN = Integer.MAX_VALUE;

  private final Path path;
  private final long size;
  private volatile @Nullable List<MappedByteBuffer> windows;

  private MappedFile(Path path, long size, List<MappedByteBuffer> windows) {
    this.path = path;
    this.size = size;
    this.windows = windows;
  }

  static MappedFile open(Path path) {
    if (Files.isDirectory(path)) {
      throw new GillException(path + " is a folder, not a file of weights");
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      List<MappedByteBuffer> windows = new ArrayList<>();
      for (long start = 0; start == 0 || start < size; start += STEP) {
        windows.add(channel.map(FileChannel.MapMode.READ_ONLY, start, Math.min(SPAN, size - start)));
      }
      return new MappedFile(path, size, List.copyOf(windows));
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
  public long size() {
    return size;
  }

  @Override
  public ByteBuffer slice(long offset, int length) {
    List<MappedByteBuffer> mapped = windows;
    if (mapped == null) {
      throw new IllegalStateException(path + " is closed");
    }
    if (offset < 0 || length < 0 || offset > size - length) {
      throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + size);
    }
    // An empty range at the very end may begin where no window does.
    int index = (int) Math.min(offset / STEP, mapped.size() - 1L);
    MappedByteBuffer window = mapped.get(index);
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

  @Override
  public void close() {
    windows = null;
  }
}
