package io.gill.retrieval;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Writes a {@link Segment} block by block and computes the checksum of each block. */
final class SegmentWriter {
  private final Sink sink;
  private final ByteBuffer block = ByteBuffer.allocate(SegmentLayout.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteArrayOutputStream checks = new ByteArrayOutputStream();

  /** Receives the bytes of a segment in order. */
  @FunctionalInterface
  interface Sink {
    void write(ByteBuffer bytes) throws IOException;
  }

  private SegmentWriter(Sink sink) {
    this.sink = sink;
  }

  /** Writes a segment; the images' embeddings are unit vectors. */
  static void write(SegmentLayout layout, List<IndexedImage> images, Sink sink) throws IOException {
    SegmentWriter out = new SegmentWriter(sink);
    ByteBuffer header = ByteBuffer.allocate(SegmentLayout.HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(SegmentLayout.MAGIC).putInt(SegmentLayout.FORMAT);
    header.putInt(layout.dimension()).putInt(layout.rows()).putInt(0).putLong(layout.text());
    header.putInt(Segment.crc(header.slice(0, 32)));
    out.bytes(header.array());
    for (IndexedImage image : images) {
      for (float value : image.embedding()) {
        out.number(Float.floatToRawIntBits(value));
      }
    }
    out.align();
    if (layout.codeBlocks() > 0) {
      float[] errors = new float[layout.rows()];
      for (int first = 0; first < layout.rows(); first += CodeBlock.ROWS) {
        CodeBlock codes = CodeBlock.of(images.subList(first, Math.min(first + CodeBlock.ROWS, layout.rows())).stream()
            .map(IndexedImage::embedding).toList());
        out.bytes(codes.records());
        System.arraycopy(codes.errors(), 0, errors, first, codes.errors().length);
      }
      for (float error : errors) {
        out.number(Float.floatToRawIntBits(error));
      }
      out.align();
    }
    long[] hashes = images.stream().mapToLong(image -> Segment.hash(image.id())).toArray();
    List<Integer> order = IntStream.range(0, layout.rows()).boxed()
        .sorted(Comparator.comparingLong(row -> hashes[row])).toList();
    for (int row : order) {
      out.number((int) hashes[row]);
      out.number((int) (hashes[row] >>> 32));
    }
    for (int row : order) {
      out.number(row);
    }
    out.align();
    long end = 0;
    for (IndexedImage image : images) {
      end += SegmentLayout.textLength(image);
      out.number((int) end);
    }
    out.align();
    for (IndexedImage image : images) {
      out.text(image.id());
      out.text(image.uri());
      out.number(image.attributes().size());
      for (Map.Entry<String, String> attribute : image.attributes().entrySet()) {
        out.text(attribute.getKey());
        out.text(attribute.getValue());
      }
    }
    out.align();
    out.checks();
  }

  private void number(int value) throws IOException {
    if (block.remaining() < 4) { // possible after a text
      bytes(new byte[] {(byte) value, (byte) (value >>> 8), (byte) (value >>> 16), (byte) (value >>> 24)});
    } else {
      block.putInt(value);
      flushIfFull();
    }
  }

  private void bytes(byte[] values) throws IOException {
    for (int from = 0; from < values.length;) {
      int some = Math.min(block.remaining(), values.length - from);
      block.put(values, from, some);
      from += some;
      flushIfFull();
    }
  }

  private void text(String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    number(utf8.length);
    bytes(utf8);
  }

  /** Pads to 8 bytes, which divide a block's length. */
  private void align() throws IOException {
    bytes(new byte[(8 - block.position() % 8) % 8]);
  }

  private void checks() throws IOException {
    if (block.position() > 0) {
      flush();
    }
    byte[] all = checks.toByteArray();
    sink.write(ByteBuffer.wrap(all));
    sink.write(ByteBuffer.wrap(littleEndian(Segment.crc(ByteBuffer.wrap(all)))));
  }

  private void flushIfFull() throws IOException {
    if (!block.hasRemaining()) {
      flush();
    }
  }

  private void flush() throws IOException {
    block.flip();
    checks.writeBytes(littleEndian(Segment.crc(block.slice())));
    sink.write(block);
    block.clear();
  }

  private static byte[] littleEndian(int value) {
    return new byte[] {(byte) value, (byte) (value >>> 8), (byte) (value >>> 16), (byte) (value >>> 24)};
  }
}
