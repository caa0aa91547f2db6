package io.gill;

import java.awt.image.BufferedImage;
import org.jspecify.annotations.Nullable;

/** Values in the {@code toString} of API types. */
final class Shown {
  private Shown() {}

  /** An image by its size. */
  static String image(@Nullable BufferedImage image) {
    return image == null ? "none" : image.getWidth() + "×" + image.getHeight();
  }
}
