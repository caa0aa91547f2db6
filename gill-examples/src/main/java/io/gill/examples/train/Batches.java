package io.gill.examples.train;

import com.google.common.primitives.Longs;
import io.gill.diffusion.network.Planes;
import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;

/** Seeds and tensors of batches. */
final class Batches {
  private Batches() {}

  /** Returns a different number for every example of every step of every network. */
  static long seed(String network, long step, int index) {
    return new SplittableRandom(network.hashCode() * 0x9E3779B97F4A7C15L + step).split().nextLong()
        + index * 0xD1B54A32D192ED03L;
  }

  /** Returns some rows of a matrix: (n, D). */
  static Tensor rows(Tensor matrix, Collection<Long> indices) {
    return matrix.indexSelect(Tensor.of(Longs.toArray(indices), indices.size()));
  }

  /** Converts pictures of one size to the input of an autoencoder: (N, 3, H, W), −1 to 1. */
  static Tensor pixels(List<BufferedImage> images) {
    float[][] planes = images.stream().map(Planes::fromImage).toArray(float[][]::new);
    return Tensor.ofRows(planes).reshape(images.size(), 3, images.get(0).getHeight(), images.get(0).getWidth());
  }

  /** The inverse of {@link #pixels}. */
  static List<BufferedImage> images(Tensor pixels) {
    int height = Math.toIntExact(pixels.size(2));
    int width = Math.toIntExact(pixels.size(3));
    float[][] planes = pixels.reshape(pixels.size(0), -1).toRows();
    return Arrays.stream(planes).map(image -> Planes.toImage(image, width, height)).toList();
  }
}
