package io.gill.examples.evaluate;

import com.google.common.hash.HashCode;
import io.gill.GillException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Features of pictures by the SHA-256 of the pictures' files, appended to a file, so that a killed computation resumes.
 * A record has the hash, the features in 32 bits, little-endian, and the CRC-32 of both. Memory holds the hashes only.
 */
final class FeatureFile implements AutoCloseable {
  private static final int HASH = 32;

  private final AppendedFile file;
  private final int width;
  private final Map<HashCode, Long> positions = new HashMap<>();

  private FeatureFile(AppendedFile file, int width) {
    this.file = file;
    this.width = width;
  }

  /**
   * Continues a file, or starts one. A last record that a kill left incomplete is dropped.
   *
   * @param path the file
   * @param width number of features of a picture
   * @throws GillException if it is damaged, or another process writes it
   */
  static FeatureFile open(Path path, int width) {
    AppendedFile file = AppendedFile.open(path);
    try {
      FeatureFile features = new FeatureFile(file, width);
      features.resume();
      return features;
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private int length() {
    return HASH + width * Float.BYTES + Integer.BYTES;
  }

  private void resume() {
    long count = file.size() / length();
    for (long i = 0; i < count; i++) {
      ByteBuffer record = record(i * length());
      byte[] hash = new byte[HASH];
      record.get(hash);
      positions.put(HashCode.fromBytes(hash), i * length());
    }
    file.truncate(count * length());
  }

  private ByteBuffer record(long position) {
    ByteBuffer record = ByteBuffer.allocate(length()).order(ByteOrder.LITTLE_ENDIAN);
    file.read(record, position);
    if (record.getInt(length() - Integer.BYTES) != checksum(record)) {
      throw new GillException(file.path() + " is damaged at byte " + position
          + ": delete it to compute its features again");
    }
    return record.rewind();
  }

  private int checksum(ByteBuffer record) {
    CRC32 sum = new CRC32();
    sum.update(record.slice(0, length() - Integer.BYTES));
    return (int) sum.getValue();
  }

  /** Returns the features of the picture whose file has this hash, or null if they are not there. */
  float @Nullable [] get(HashCode hash) {
    Long position = positions.get(hash);
    if (position == null) {
      return null;
    }
    float[] features = new float[width];
    record(position).position(HASH).asFloatBuffer().get(features);
    return features;
  }

  /** Adds features, which are in the file when this method returns. */
  void add(HashCode hash, float[] features) {
    ByteBuffer record = ByteBuffer.allocate(length()).order(ByteOrder.LITTLE_ENDIAN).put(hash.asBytes());
    record.asFloatBuffer().put(features);
    record.putInt(length() - Integer.BYTES, checksum(record));
    long position = file.size();
    file.append(record.rewind());
    positions.put(hash, position);
  }

  @Override
  public void close() {
    file.close();
  }
}
