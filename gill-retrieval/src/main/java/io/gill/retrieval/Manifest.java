package io.gill.retrieval;

import io.gill.GillException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The content of an exact index's manifest file, which a commit replaces atomically.
 *
 * @param dimension width of the embeddings
 * @param logitScale the model's {@code logit_scale}
 * @param entries the segments
 */
record Manifest(int dimension, float logitScale, List<Entry> entries) {
  private static final long MAGIC = 0x315845444E494C47L; // "GLINDEX1"
  private static final int BEGIN = 20;

  /** Maximum length, enough for twenty thousand segments and a billion images. */
  private static final long MAX_BYTES = 1 << 28;

  /** Excludes paths, because a manifest is untrusted. */
  private static final Pattern FILE = Pattern.compile("[0-9a-f-]{36}\\.segment");

  /**
   * A segment.
   *
   * @param file name of the file
   * @param rows number of images, including deleted ones
   * @param deleted rows of the deleted images
   */
  record Entry(String file, int rows, BitSet deleted) {}

  ByteBuffer bytes() {
    int length = BEGIN + 4;
    for (Entry entry : entries) {
      length += 12 + entry.file.length() + 8 * entry.deleted.toLongArray().length;
    }
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(MAGIC).putInt(dimension).putFloat(logitScale).putInt(entries.size());
    for (Entry entry : entries) {
      byte[] name = entry.file.getBytes(StandardCharsets.US_ASCII);
      long[] deleted = entry.deleted.toLongArray();
      bytes.putInt(name.length).put(name).putInt(entry.rows).putInt(deleted.length);
      for (long word : deleted) {
        bytes.putLong(word);
      }
    }
    bytes.putInt(Segment.crc(bytes.slice(0, bytes.position())));
    return bytes.flip();
  }

  static Manifest read(Path path) throws IOException {
    if (Files.size(path) > MAX_BYTES) {
      throw damaged(path);
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    int end = bytes.limit() - 4;
    if (end < BEGIN || bytes.getLong() != MAGIC || bytes.getInt(end) != Segment.crc(bytes.slice(0, end))) {
      throw damaged(path);
    }
    try {
      int dimension = bytes.getInt();
      float logitScale = bytes.getFloat();
      ExactIndex.checkDimension(dimension);
      Vectors.scale(logitScale);
      List<Entry> entries = new ArrayList<>();
      for (int left = bytes.getInt(); left > 0; left--) {
        entries.add(entry(path, bytes));
      }
      return new Manifest(dimension, logitScale, entries);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw damaged(path);
    }
  }

  private static Entry entry(Path path, ByteBuffer bytes) {
    byte[] name = new byte[length(path, bytes, 1)];
    bytes.get(name);
    String file = new String(name, StandardCharsets.US_ASCII);
    if (!FILE.matcher(file).matches()) {
      throw damaged(path);
    }
    int rows = bytes.getInt();
    long[] deleted = new long[length(path, bytes, Long.BYTES)];
    for (int i = 0; i < deleted.length; i++) {
      deleted[i] = bytes.getLong();
    }
    return new Entry(file, rows, BitSet.valueOf(deleted));
  }

  /** Reads a count of elements of {@code each} bytes; rejects counts beyond the end of the file. */
  private static int length(Path path, ByteBuffer bytes, int each) {
    int length = bytes.getInt();
    if (length < 0 || length > bytes.remaining() / each) {
      throw damaged(path);
    }
    return length;
  }

  private static GillException damaged(Path path) {
    return Segment.damaged(path.toString(), "is damaged");
  }
}
