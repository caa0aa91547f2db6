package io.gill.retrieval;

import com.google.common.base.Utf8;
import io.gill.image.FileNames;
import io.gill.image.Images;
import io.gill.weights.AtomicFile;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

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

  /** Returns why there can be no thumbnail of this name, and what to do; empty if there can. */
  Optional<String> problem(String id) {
    if (Utf8.encodedLength(id.substring(id.lastIndexOf('/') + 1)) + SUFFIX.length() > MAX_NAME) {
      return Optional.of("its name is too long for a thumbnail: shorten it");
    }
    Path file = FileNames.resolve(folder, id + SUFFIX);
    boolean taken = Files.isDirectory(file);
    for (Path above = file.getParent(); above != null && !above.equals(folder) && !taken; above = above.getParent()) {
      taken = Files.isRegularFile(above);
    }
    return taken ? Optional.of("a thumbnail and a folder of thumbnails would have the same name: rename it")
        : Optional.empty();
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
