package io.gill.examples.evaluate;

import io.gill.GillException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Encoded pictures in a temporary file, so that memory does not grow with their number. The file disappears at the
 * latest when the process ends. Reading is thread-safe, adding is not.
 */
final class SpilledPictures {
  private final FileChannel channel;
  private long end;

  /**
   * Creates the file.
   *
   * @throws GillException if the folder of temporary files cannot be written
   */
  SpilledPictures() {
    try {
      Path file = Files.createTempFile("gill-pictures-", ".bin");
      channel = FileChannel.open(
          file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /**
   * Where a picture is.
   *
   * @param start position of its first byte
   * @param length number of its bytes
   */
  record Place(long start, int length) {}

  /** Adds a picture. */
  Place add(byte[] picture) {
    Place place = new Place(end, picture.length);
    ByteBuffer bytes = ByteBuffer.wrap(picture);
    try {
      while (bytes.hasRemaining()) {
        end += channel.write(bytes, end);
      }
    } catch (IOException e) {
      throw failed(e);
    }
    return place;
  }

  /** Reads a picture. */
  byte[] read(Place place) {
    ByteBuffer bytes = ByteBuffer.allocate(place.length());
    try {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, place.start() + bytes.position()) < 0) {
          throw new IOException("the file ends within a picture");
        }
      }
    } catch (IOException e) {
      throw failed(e);
    }
    return bytes.array();
  }

  private static GillException failed(IOException e) {
    return new GillException("pictures cannot be kept in " + System.getProperty("java.io.tmpdir") + " ("
        + e.getMessage() + "): check the free space, or name another folder by -Djava.io.tmpdir", e);
  }
}
