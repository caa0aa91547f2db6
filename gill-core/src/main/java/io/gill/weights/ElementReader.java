package io.gill.weights;

import java.nio.ByteBuffer;

/** Reads single elements of a region that may exceed 2 GiB: from one buffer if it fits, else from a slice each. */
final class ElementReader {
  private final ByteRegion region;
  private final int itemSize;
  private final ByteBuffer whole;
  private final long begin;

  /**
   * Creates a reader.
   *
   * @param first the lowest position that will be read, in elements
   */
  ElementReader(ByteRegion region, int itemSize, long first) {
    this.region = region;
    this.itemSize = itemSize;
    begin = first * itemSize;
    long size = region.size() - begin;
    whole = size <= Integer.MAX_VALUE ? region.slice(begin, (int) size) : ByteBuffer.allocate(0);
  }

  /** Appends the element at a position of the region, counted in elements, to a buffer. */
  void copy(long position, ByteBuffer out) {
    ByteBuffer from = whole;
    int start = (int) (position * itemSize - begin);
    if (from.capacity() == 0) {
      from = region.slice(position * itemSize, itemSize);
      start = 0;
    }
    switch (itemSize) {
      case 1 -> out.put(from.get(start));
      case 2 -> out.putShort(from.getShort(start));
      case 4 -> out.putInt(from.getInt(start));
      default -> out.putLong(from.getLong(start));
    }
  }
}
