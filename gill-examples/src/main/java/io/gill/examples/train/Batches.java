package io.gill.examples.train;

import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.SplittableRandom;

/** Seeds and tensors of batches. */
final class Batches {
  private Batches() {}

  /** A number of its own for every example of every step of every network. */
  static long seed(String network, long step, int index) {
    return new SplittableRandom(network.hashCode() * 0x9E3779B97F4A7C15L + step).split().nextLong()
        + index * 0xD1B54A32D192ED03L;
  }

  /** Pictures of one size as an autoencoder reads them: (N, 3, H, W), −1 to 1. */
  static Tensor pixels(List<BufferedImage> images) {
    int width = images.get(0).getWidth();
    int height = images.get(0).getHeight();
    int plane = width * height;
    float[] values = new float[images.size() * 3 * plane];
    for (int n = 0; n < images.size(); n++) {
      int[] rgb = images.get(n).getRGB(0, 0, width, height, null, 0, width);
      for (int i = 0; i < plane; i++) {
        for (int c = 0; c < 3; c++) {
          values[(n * 3 + c) * plane + i] = ((rgb[i] >> (16 - 8 * c)) & 0xFF) / 127.5f - 1;
        }
      }
    }
    return Tensor.of(values, images.size(), 3, height, width);
  }

  /** The opposite of {@link #pixels}. */
  static List<BufferedImage> images(float[] values, int width, int height) {
    int plane = width * height;
    int count = values.length / (3 * plane);
    BufferedImage[] images = new BufferedImage[count];
    for (int n = 0; n < count; n++) {
      images[n] = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
      for (int i = 0; i < plane; i++) {
        int rgb = 0;
        for (int c = 0; c < 3; c++) {
          float value = values[(n * 3 + c) * plane + i];
          rgb = (rgb << 8) | Math.max(0, Math.min(255, Math.round((value + 1) * 127.5f)));
        }
        images[n].setRGB(i % width, i / width, rgb);
      }
    }
    return List.of(images);
  }
}
