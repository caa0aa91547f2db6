package io.gill.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** A range of bytes that may exceed 2 GiB: a mapped file, a part of one, or a buffer. */
interface ByteRegion {
  /** Number of bytes. */
  long size();

  /** Number of bytes in the file, fewer than {@link #size} if compressed. */
  default long storedSize() {
    return size();
  }

  /** The file that contains these bytes uncompressed; null if they are in memory. */
  default @Nullable MappedFile file() {
    return null;
  }

  /**
   * Returns a read-only little-endian view of a range.
   *
   * @throws IndexOutOfBoundsException if the range is outside the region; callers validate lengths from files first
   */
  ByteBuffer slice(long offset, int length);

  /**
   * Copies a range into the remaining bytes of a buffer, from a file without accessing its mapping.
   *
   * @throws IndexOutOfBoundsException if the range is outside the region
   */
  default void read(long offset, ByteBuffer into) {
    into.put(slice(offset, into.remaining()));
  }

  /** Start of this region in another one; −1 if it is not a part of it. */
  default long positionIn(ByteRegion region) {
    return region == this ? 0 : -1;
  }

  /** Returns a part of this region; the range is checked immediately. */
  default ByteRegion part(long offset, long length) {
    checkRange(offset, length, size());
    ByteRegion whole = this;
    return new ByteRegion() {
      @Override
      public long size() {
        return length;
      }

      @Override
      public ByteBuffer slice(long from, int count) {
        checkRange(from, count, length);
        return whole.slice(offset + from, count);
      }

      @Override
      public void read(long from, ByteBuffer into) {
        checkRange(from, into.remaining(), length);
        whole.read(offset + from, into);
      }

      @Override
      public @Nullable MappedFile file() {
        return whole.file();
      }

      @Override
      public long positionIn(ByteRegion region) {
        return region == whole ? offset : -1;
      }

      @Override
      public ByteRegion part(long from, long count) {
        checkRange(from, count, length);
        return whole.part(offset + from, count);
      }
    };
  }

  /** Wraps the bytes of a buffer between its position and its limit. */
  static ByteRegion of(ByteBuffer buffer) {
    ByteBuffer bytes = buffer.slice().asReadOnlyBuffer();
    return new ByteRegion() {
      @Override
      public long size() {
        return bytes.capacity();
      }

      @Override
      public ByteBuffer slice(long offset, int length) {
        checkRange(offset, length, bytes.capacity());
        return bytes.slice((int) offset, length).order(ByteOrder.LITTLE_ENDIAN);
      }
    };
  }

  private static void checkRange(long offset, long length, long size) {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + size);
    }
  }
}
