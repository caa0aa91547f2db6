package io.gill.diffusion;

import io.gill.DiffusionOptions;
import io.gill.diffusion.network.Pixels;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The picture that a run starts from, in the size of the generated images, and what of it is painted anew. Axes: H×W
 * pixels, h×w latents.
 *
 * @param picture H×W
 * @param mask H×W, or null to paint all of it anew
 * @param step index of the first timestep of the run
 * @param fullStrength whether the strength is 1
 */
record StartImage(BufferedImage picture, @Nullable BufferedImage mask, int step, boolean fullStrength) {
  /**
   * What options ask for.
   *
   * @param options start image, mask, strength and steps
   * @param width of the generated images
   * @param height of the generated images
   * @return empty if they start from noise
   * @throws IllegalArgumentException if there is a mask of another size or without a picture, or too little strength
   */
  static Optional<StartImage> of(DiffusionOptions options, int width, int height) {
    check(options);
    BufferedImage mask = options.mask().orElse(null);
    return options.startImage().map(picture -> new StartImage(
        Images.cover(picture, width, height), mask == null ? null : Images.cover(mask, width, height),
        firstStep(options), options.strength() == 1));
  }

  /** Refuses what {@link #of} would refuse. */
  static void check(DiffusionOptions options) {
    BufferedImage mask = options.mask().orElse(null);
    BufferedImage picture = options.startImage().orElse(null);
    if (picture == null && mask != null) {
      throw new IllegalArgumentException("a mask is given, but no start image that it could belong to");
    }
    if (picture != null && mask != null
        && (mask.getWidth() != picture.getWidth() || mask.getHeight() != picture.getHeight())) {
      throw new IllegalArgumentException("the mask has " + size(mask) + " pixels, the start image " + size(picture)
          + ": they must be equal");
    }
    if (picture != null && steps(options) < 1) {
      throw new IllegalArgumentException("strength is " + options.strength() + ", which of " + options.steps()
          + " steps leaves none: use more of either");
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

  /** The picture for the autoencoder: (3, H, W) from −1 to 1. */
  float[] planes() {
    return Pixels.fromImage(picture);
  }

  /** The picture for the autoencoder with the masked part grey, as a UNet for inpainting sees it: (3, H, W). */
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

  /** 1 where latents (h, w) are painted anew, 0 where the picture stays; null without a mask. */
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

  /** At least half-way to white, by the luma of ITU-R 601-2 as Pillow rounds it. */
  private static boolean isWhite(int rgb) {
    int luma = ((rgb >> 16 & 0xff) * 19595 + (rgb >> 8 & 0xff) * 38470 + (rgb & 0xff) * 7471 + 0x8000) >> 16;
    return luma >= 128;
  }
}
