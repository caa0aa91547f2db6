package io.gill.diffusion.network;

import java.awt.image.BufferedImage;

/** Converts images to the autoencoder's planes and back: three planes of floats from −1 to 1, row-major. */
public final class Planes {
  private Planes() {}

  /**
   * Converts planes to an image as published: to [0, 1] in 32-bit floats, times 255, rounded half to even.
   *
   * @param planes (3, height, width)
   * @param width in pixels
   * @param height in pixels
   * @return an opaque image
   */
  public static BufferedImage toImage(float[] planes, int width, int height) {
    int size = width * height;
    int[] rgb = new int[size];
    for (int i = 0; i < size; i++) {
      rgb[i] = level(planes[i]) << 16 | level(planes[size + i]) << 8 | level(planes[2 * size + i]);
    }
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, width, height, rgb, 0, width);
    return image;
  }

  /**
   * Converts a decoded value to the range of pixels.
   *
   * @param value from −1 to 1; values beyond are clamped
   * @return from 0 to 1
   */
  public static float unit(float value) {
    return Math.min(Math.max(value / 2 + 0.5f, 0), 1);
  }

  private static int level(float value) {
    return (int) Math.rint(unit(value) * 255);
  }

  /**
   * Converts an image to planes. Transparency is ignored.
   *
   * @param image any image
   * @return (3, height, width)
   */
  public static float[] fromImage(BufferedImage image) {
    int size = image.getWidth() * image.getHeight();
    int[] rgb = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    float[] planes = new float[3 * size];
    for (int i = 0; i < size; i++) {
      planes[i] = light(rgb[i] >> 16);
      planes[size + i] = light(rgb[i] >> 8);
      planes[2 * size + i] = light(rgb[i]);
    }
    return planes;
  }

  private static float light(int level) {
    return 2 * ((level & 0xff) / 255f) - 1;
  }
}
