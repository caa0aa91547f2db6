package io.gill.diffusion.network;

import io.gill.torch.Tensor;
import java.util.Arrays;

/**
 * Sines and cosines of numbers at frequencies from 1 down (Vaswani et al. 2017). C is the width.
 *
 * @param width C, even
 * @param flipSinToCos whether the cosines come first
 * @param freqShift δ in the frequencies 10000^(−i / (C/2 − δ))
 */
record Sinusoids(int width, boolean flipSinToCos, double freqShift) {
  private static final double MAX_PERIOD = 10000;

  static Sinusoids of(int width, UNetConfig config) {
    return new Sinusoids(width, config.flipSinToCos(), config.freqShift());
  }

  /**
   * N numbers → (N, C). Computed in 32 bits with libtorch's exp, as published: an error in a frequency's last bit shows
   * at t = 1000.
   */
  Tensor of(double[] values) {
    int half = width / 2;
    float[] indices = new float[half];
    for (int i = 0; i < half; i++) {
      indices[i] = i;
    }
    Tensor frequencies =
        Tensor.of(indices, 1, half).mul(-Math.log(MAX_PERIOD)).div(half - freqShift).exp(); // (1, C/2)
    Tensor[] rows = new Tensor[values.length];
    Arrays.setAll(rows, i -> frequencies.mul(values[i]));
    Tensor angles = Tensor.cat(0, rows); // (N, C/2)
    return flipSinToCos
        ? Tensor.cat(1, angles.cos(), angles.sin()) // (N, C)
        : Tensor.cat(1, angles.sin(), angles.cos()); // (N, C)
  }
}
