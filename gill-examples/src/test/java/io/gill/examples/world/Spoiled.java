package io.gill.examples.world;

import java.awt.image.BufferedImage;
import java.util.Random;

/** Degrades pictures like a model's. */
final class Spoiled {
  private Spoiled() {}

  /** Applies a Gaussian blur and adds Gaussian noise; both widths may be 0. */
  static BufferedImage of(BufferedImage image, double blur, double noise, long seed) {
    int side = image.getWidth();
    double[][] channels = new double[3][side * side];
    for (int c = 0; c < 3; c++) {
      for (int i = 0; i < side * side; i++) {
        channels[c][i] = image.getRGB(i % side, i / side) >> (16 - 8 * c) & 0xFF;
      }
      if (blur > 0) {
        channels[c] = blurRows(blurRows(channels[c], side, blur, 1), side, blur, side);
      }
    }
    Random random = new Random(seed);
    BufferedImage out = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < side * side; i++) {
      int rgb = 0;
      for (double[] channel : channels) {
        rgb = rgb << 8 | (int) Math.max(0, Math.min(255, Math.rint(channel[i] + noise * random.nextGaussian())));
      }
      out.setRGB(i % side, i / side, rgb);
    }
    return out;
  }

  private static double[] blurRows(double[] in, int side, double blur, int step) {
    double[] out = new double[in.length];
    for (int i = 0; i < in.length; i++) {
      int at = i / step % side;
      double total = 0;
      for (int d = -3; d <= 3; d++) {
        int inside = Math.max(0, Math.min(side - 1, at + d));
        double weight = Math.exp(-d * d / (2 * blur * blur));
        out[i] += weight * in[i + (inside - at) * step];
        total += weight;
      }
      out[i] /= total;
    }
    return out;
  }
}
