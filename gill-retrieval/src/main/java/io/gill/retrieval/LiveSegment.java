package io.gill.retrieval;

import java.util.BitSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A segment and its deleted rows.
 *
 * @param segment immutable images
 * @param file name of the segment's file; empty in memory
 * @param deleted rows; never modified
 */
record LiveSegment(Segment segment, String file, BitSet deleted) {
  /** Number of images that are not deleted. */
  int size() {
    return segment.rows() - deleted.cardinality();
  }

  /** The row of a live image; −1 if there is none with this id. */
  int find(String id) {
    int row = segment.find(id);
    return row >= 0 && deleted.get(row) ? -1 : row;
  }

  Stream<IndexedImage> images() {
    return IntStream.range(0, segment.rows()).filter(row -> !deleted.get(row)).mapToObj(segment::image);
  }
}
