package io.gill.training;

import io.gill.GillException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Features of pictures in a temporary file, so that memory use does not grow with the number of pictures. The file
 * is created with the first row. On Linux and macOS it has no name, so that even a kill leaves none; elsewhere it is
 * deleted on {@link #close}. Not thread-safe.
 */
final class FeatureFile implements AutoCloseable {
  /** Number of each picture's row. All rows have one length. */
  private final Map<Path, Integer> rows = new HashMap<>();

  private @Nullable Open open;
  private int width;

  /** An open file. Unlike a channel, it survives an interrupt. */
  private record Open(Path path, RandomAccessFile file) {}

  boolean has(Path picture) {
    return rows.containsKey(picture);
  }

  /** Adds the row of a picture. */
  void put(Path picture, float[] row) {
    if (!rows.isEmpty() && row.length != width) {
      throw new GillException("the vision encoder gave " + row.length + " features of " + picture + " and " + width
          + " of other pictures: they must be equally many");
    }
    ByteBuffer bytes = ByteBuffer.allocate(row.length * Float.BYTES);
    bytes.asFloatBuffer().put(row);
    try {
      RandomAccessFile file = open().file();
      file.seek((long) rows.size() * bytes.capacity());
      file.write(bytes.array());
    } catch (IOException e) {
      throw new GillException("the features of pictures could not be written to " + System.getProperty("java.io.tmpdir")
          + " (" + e.getMessage() + "): check its free space, or choose another folder with -Djava.io.tmpdir", e);
    }
    width = row.length;
    rows.put(picture, rows.size());
  }

  private Open open() throws IOException {
    Open now = open;
    if (now == null) {
      Path path = Files.createTempFile("gill-features", ".tmp");
      now = new Open(path, new RandomAccessFile(path.toFile(), "rw"));
      open = now;
      try {
        Files.delete(path);
      } catch (IOException e) {
        return now; // Windows deletes no file that is open
      }
    }
    return now;
  }

  /** Returns the row of a picture, which was added. */
  float[] get(Path picture) {
    int row = Objects.requireNonNull(rows.get(picture));
    ByteBuffer bytes = ByteBuffer.allocate(width * Float.BYTES);
    try {
      RandomAccessFile file = open().file();
      file.seek((long) row * bytes.capacity());
      file.readFully(bytes.array());
    } catch (IOException e) {
      throw new GillException("the features of pictures cannot be read: " + e.getMessage(), e);
    }
    float[] features = new float[width];
    bytes.asFloatBuffer().get(features);
    return features;
  }

  /** Deletes the file. */
  @Override
  public void close() {
    Open now = open;
    open = null;
    rows.clear();
    if (now == null) {
      return;
    }
    try {
      now.file().close();
      Files.deleteIfExists(now.path());
    } catch (IOException e) {
      throw new GillException(now.path() + " could not be deleted (" + e.getMessage() + "): delete it", e);
    }
  }
}
