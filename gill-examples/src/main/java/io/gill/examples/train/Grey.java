package io.gill.examples.train;

import java.awt.image.BufferedImage;
import java.util.SplittableRandom;

/** Converts a picture to grey with random weights of the channels, and inverts every other picture. */
final class Grey {
  private Grey() {}

  /** Returns the same picture for the same seed. */
  static BufferedImage of(BufferedImage picture, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double low = random.nextDouble();
    double high = random.nextDouble();
    double red = Math.min(low, high);
    double green = Math.max(low, high) - red;
    boolean negative = random.nextBoolean();
    BufferedImage grey = new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        int rgb = picture.getRGB(x, y);
        double value = red * (rgb >> 16 & 0xFF) + green * (rgb >> 8 & 0xFF) + (1 - red - green) * (rgb & 0xFF);
        int level = (int) Math.rint(negative ? 255 - value : value);
        grey.setRGB(x, y, level * 0x010101);
      }
    }
    return grey;
  }
}
