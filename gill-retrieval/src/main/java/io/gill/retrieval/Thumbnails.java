package io.gill.retrieval;

import com.google.common.base.Utf8;
import io.gill.image.FileNames;
import io.gill.image.Images;
import io.gill.weights.AtomicFile;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;

/**
 * Writes thumbnails of pictures.
 *
 * @param folder receives the thumbnails
 * @param side longer side in pixels
 */
record Thumbnails(Path folder, int side) {
  private static final String SUFFIX = ".png";
  private static final int MAX_NAME = 255;

  Thumbnails {
    if (side < 1) {
      throw new IllegalArgumentException("a thumbnail's side must be at least 1: " + side);
    }
  }

  /** Whether the thumbnail's name is short enough for a file system. */
  boolean canName(String id) {
    return Utf8.encodedLength(id.substring(id.lastIndexOf('/') + 1)) + SUFFIX.length() <= MAX_NAME;
  }

  void write(String id, BufferedImage picture) {
    int longer = Math.max(picture.getWidth(), picture.getHeight());
    BufferedImage small = longer <= side ? Images.toRgb(picture)
        : Images.resize(picture, scaled(picture.getWidth(), longer), scaled(picture.getHeight(), longer));
    ByteBuffer png = ByteBuffer.wrap(Images.toPng(small, Map.of()));
    Uninterrupted.finish(() -> AtomicFile.write(FileNames.resolve(folder, id + SUFFIX), png));
  }

  private int scaled(int length, int longer) {
    return Math.max(1, Math.round((float) length * side / longer));
  }
}
