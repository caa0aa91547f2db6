package io.gill.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** A run of bytes that may be longer than 2 GiB: a mapped file, a part of one, or a buffer. */
interface ByteRegion {
  /** The number of bytes. */
  long size();

  /** The number of bytes it takes in its file, fewer if it is compressed there. */
  default long storedSize() {
    return size();
  }

  /** The file it lies in as it is; null if it is in memory. */
  default @Nullable MappedFile file() {
    return null;
  }

  /**
   * A read-only little-endian view of some of the bytes.
   *
   * @throws IndexOutOfBoundsException if the range is not inside the region; callers check lengths that files claim first
   */
  ByteBuffer slice(long offset, int length);

  /** Where in a region this one begins; −1 if it is no part of that region itself. */
  default long positionIn(ByteRegion region) {
    return region == this ? 0 : -1;
  }

  /** A part of this region; the range is checked now. */
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

  /** The bytes of a buffer between its position and its limit. */
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
