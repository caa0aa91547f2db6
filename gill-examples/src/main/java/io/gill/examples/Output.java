package io.gill.examples;

import io.gill.image.Images;
import io.gill.weights.AtomicFile;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Writes the programs' files atomically. */
public final class Output {
  private Output() {}

  /**
   * Writes a PNG file.
   *
   * @param file the file; its folder is created if missing
   * @param picture the picture
   * @throws io.gill.GillException if the file cannot be written; an existing file is unchanged
   */
  public static void picture(Path file, BufferedImage picture) {
    AtomicFile.write(file, ByteBuffer.wrap(Images.toPng(picture, Map.of())));
  }

  /**
   * Writes a text file in UTF-8.
   *
   * @param file the file; its folder is created if missing
   * @param text the content
   * @throws io.gill.GillException if the file cannot be written; an existing file is unchanged
   */
  public static void text(Path file, String text) {
    AtomicFile.write(file, StandardCharsets.UTF_8.encode(text));
  }
}
