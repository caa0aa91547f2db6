package io.gill.examples;

import io.gill.image.Images;
import io.gill.weights.AtomicFile;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** How programs write files: whole or not at all. */
public final class Output {
  private Output() {}

  /**
   * Writes a PNG file.
   *
   * @param file its folder is made if it is missing
   * @param picture what it shows
   * @throws io.gill.GillException if it cannot be written; what was there before is unchanged
   */
  public static void picture(Path file, BufferedImage picture) {
    AtomicFile.write(file, ByteBuffer.wrap(Images.toPng(picture, Map.of())));
  }

  /**
   * Writes a text file in UTF-8.
   *
   * @param file its folder is made if it is missing
   * @param text all of it
   * @throws io.gill.GillException if it cannot be written; what was there before is unchanged
   */
  public static void text(Path file, String text) {
    AtomicFile.write(file, StandardCharsets.UTF_8.encode(text));
  }
}
