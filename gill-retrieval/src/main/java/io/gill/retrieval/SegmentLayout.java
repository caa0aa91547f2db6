package io.gill.retrieval;

import com.google.common.base.Utf8;
import java.util.List;
import java.util.Map;

/**
 * Offsets of the sections of a {@link Segment}. All numbers are little-endian; every section is aligned to 8 bytes.
 *
 * <pre>
 * header    magic, format, D, N, bytes of text, CRC32C of the preceding fields; 64 bytes
 * floats    (N, D) 32-bit, unit vectors
 * codes     (B, D) records, see {@link CodeBlock}; none if N is small
 * errors    (N) 32-bit, of the codes; none if there are no codes
 * hashes    (N) 64-bit, of the ids, ascending
 * order     (N) 32-bit, the row of each hash
 * ends      (N) 32-bit, the end of each row's text
 * text      per row: id, URI, number of attributes, names and values; each text is preceded by its length
 * checks    CRC32C of every preceding block of 64 KiB, then CRC32C of these checksums
 * </pre>
 *
 * @param dimension D, the width of the embeddings
 * @param rows N, the number of images
 * @param text bytes of text
 */
record SegmentLayout(int dimension, int rows, long text) {
  static final long MAGIC = 0x314745534C4C4947L; // "GILLSEG1"
  static final int FORMAT = 2;
  static final int HEADER = 64;

  /** Length of a block, which has its own checksum: a multiple of 8 bytes. */
  static final int BLOCK = 1 << 16;

  /** Number of rows from which reading the codes first is faster than reading 32-bit numbers in Java. */
  private static final int CODED_ROWS = 1024;

  static SegmentLayout of(int dimension, List<IndexedImage> images) {
    return new SegmentLayout(dimension, images.size(), images.stream().mapToLong(SegmentLayout::textLength).sum());
  }

  static long textLength(IndexedImage image) {
    long length = 12L + Utf8.encodedLength(image.id()) + Utf8.encodedLength(image.uri());
    for (Map.Entry<String, String> attribute : image.attributes().entrySet()) {
      length += 8L + Utf8.encodedLength(attribute.getKey()) + Utf8.encodedLength(attribute.getValue());
    }
    return length;
  }

  /** Number of blocks of codes. */
  int codeBlocks() {
    return rows < CODED_ROWS ? 0 : (rows + CodeBlock.ROWS - 1) / CodeBlock.ROWS;
  }

  long codes() {
    return HEADER + aligned(4L * rows * dimension);
  }

  long codesLength() {
    return (long) CodeBlock.RECORD * codeBlocks() * dimension;
  }

  long errors() {
    return codes() + codesLength();
  }

  long hashes() {
    return errors() + (codeBlocks() == 0 ? 0 : aligned(4L * rows));
  }

  long order() {
    return hashes() + 8L * rows;
  }

  long ends() {
    return order() + aligned(4L * rows);
  }

  long texts() {
    return ends() + aligned(4L * rows);
  }

  long checks() {
    return texts() + aligned(text);
  }

  int blocks() {
    return Math.toIntExact((checks() + BLOCK - 1) / BLOCK);
  }

  long length() {
    return checks() + 4L * blocks() + 4;
  }

  private static long aligned(long length) {
    return (length + 7) & ~7L;
  }
}
