package io.gill.examples.evaluate;

import io.gill.GillException;
import io.gill.image.ImageReadOptions;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.nio.file.Path;

/** Reads the pictures of a benchmark as the published scripts do: as stored, without applying the EXIF orientation. */
final class BenchmarkPictures {
  private static final ImageReadOptions AS_STORED = ImageReadOptions.builder().applyOrientation(false).build();

  private BenchmarkPictures() {}

  /**
   * Reads a picture.
   *
   * @throws GillException if it cannot be read
   */
  static BufferedImage read(Path file) {
    return Images.read(file, AS_STORED);
  }

  /**
   * Reads a picture from memory.
   *
   * @param name name of the picture in messages
   * @throws GillException if the bytes are not a picture
   */
  static BufferedImage read(byte[] encoded, String name) {
    return Images.read(encoded, name, AS_STORED);
  }
}
