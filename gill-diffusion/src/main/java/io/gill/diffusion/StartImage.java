package io.gill.diffusion;

import io.gill.DiffusionOptions;
import io.gill.diffusion.network.Planes;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The start image of a run, in the size of the generated images, and its mask. Axes: H×W pixels, h×w latents.
 *
 * @param picture the start image, H×W
 * @param mask H×W, white where the picture is repainted; null to repaint all of it
 * @param step index of the first step; 0 only with strength 1
 */
record StartImage(BufferedImage picture, @Nullable BufferedImage mask, int step) {
  /**
   * Prepares the start image of options.
   *
   * @param options start image, mask, strength and steps
   * @param width width of the generated images
   * @param height height of the generated images
   * @return empty without a start image
   * @throws IllegalArgumentException if there is a mask of another size or without a picture, or too little strength
   */
  static Optional<StartImage> of(DiffusionOptions options, int width, int height) {
    check(options);
    BufferedImage mask = options.mask().orElse(null);
    return options.startImage().map(picture -> new StartImage(
        Images.cover(picture, width, height), mask == null ? null : Images.cover(mask, width, height),
        firstStep(options)));
  }

  /** Rejects the options that {@link #of} rejects. */
  static void check(DiffusionOptions options) {
    BufferedImage mask = options.mask().orElse(null);
    BufferedImage picture = options.startImage().orElse(null);
    if (picture == null && mask != null) {
      throw new IllegalArgumentException(
          "a mask needs a start image, but none is given: add one, or leave out the mask");
    }
    if (picture != null && mask != null
        && (mask.getWidth() != picture.getWidth() || mask.getHeight() != picture.getHeight())) {
      throw new IllegalArgumentException("the mask has " + size(mask) + " pixels, the start image " + size(picture)
          + ": they must be equal");
    }
    if (picture != null && steps(options) < 1) {
      throw new IllegalArgumentException("strength is " + options.strength() + ", which leaves none of "
          + options.steps() + " steps: increase either");
    }
  }

  /** Index of the first step; a start image skips the steps before it. */
  static int firstStep(DiffusionOptions options) {
    return options.startImage().isEmpty() ? 0 : options.steps() - steps(options);
  }

  /** Number of steps that a start image leaves. */
  private static int steps(DiffusionOptions options) {
    return (int) (options.steps() * options.strength());
  }

  private static String size(BufferedImage image) {
    return image.getWidth() + "×" + image.getHeight();
  }

  /** Returns the picture as the autoencoder's input: (3, H, W) from −1 to 1. */
  float[] planes() {
    return Planes.fromImage(picture);
  }

  /** Returns the picture with the masked part grey, which a UNet for inpainting sees: (3, H, W) from −1 to 1. */
  float[] visiblePlanes() {
    float[] planes = planes();
    int size = planes.length / 3;
    for (int i = 0; i < planes.length; i++) {
      int pixel = i % size;
      if (mask == null || isWhite(mask.getRGB(pixel % mask.getWidth(), pixel / mask.getWidth()))) {
        planes[i] = 0;
      }
    }
    return planes;
  }

  /** Returns (h, w), 1 where the picture is repainted and 0 where it stays; null without a mask. */
  float @Nullable [] latentMask(int h, int w) {
    if (mask == null) {
      return null;
    }
    int down = mask.getHeight() / h;
    int across = mask.getWidth() / w;
    float[] latentMask = new float[h * w];
    for (int i = 0; i < latentMask.length; i++) {
      latentMask[i] = isWhite(mask.getRGB(i % w * across, i / w * down)) ? 1 : 0; // the nearest pixel, as published
    }
    return latentMask;
  }

  /** Returns whether the luma, ITU-R 601-2 with Pillow's rounding, is at least half of white. */
  private static boolean isWhite(int rgb) {
    int luma = ((rgb >> 16 & 0xff) * 19595 + (rgb >> 8 & 0xff) * 38470 + (rgb & 0xff) * 7471 + 0x8000) >> 16;
    return luma >= 128;
  }
}
