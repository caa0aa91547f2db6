package io.gill.diffusion.network;

import io.gill.torch.Linear;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * How noisy the sample is, as a vector: sines and cosines of the timestep (Ho et al. 2020, after Vaswani et al. 2017)
 * through two linear layers. C is the width of the sinusoids, T = 4·C that of the result.
 *
 * @param width C, even
 * @param flipSinToCos whether the cosines come first
 * @param freqShift δ in the frequencies 10000^(−i / (C/2 − δ))
 * @param linear1 C → T
 * @param linear2 T → T
 */
record TimestepEmbedding(int width, boolean flipSinToCos, double freqShift, Linear linear1, Linear linear2) {
  private static final double MAX_PERIOD = 10000;

  static TimestepEmbedding of(Weights w, UNetConfig config) {
    int c = config.blockOutChannels().get(0);
    return new TimestepEmbedding(c, config.flipSinToCos(), config.freqShift(),
        Linear.of(w.at("linear_1"), c, 4L * c), Linear.of(w.at("linear_2"), 4L * c, 4L * c));
  }

  Tensor apply(double[] timesteps, BiConsumer<String, Tensor> probe) {
    return Scope.tidy(() -> {
      Tensor waves = project(timesteps); // (N, C)
      probe.accept("time_proj", waves);
      Tensor x = linear1.apply(waves.to(linear1.weight())).siluInPlace(); // (N, C) → (N, T)
      return linear2.apply(x); // (N, T)
    });
  }

  /** In 32 bits and by libtorch's own exp, as published: a frequency off by one bit shows at t = 1000. */
  private Tensor project(double[] timesteps) {
    int half = width / 2;
    float[] indices = new float[half];
    for (int i = 0; i < half; i++) {
      indices[i] = i;
    }
    Tensor frequencies =
        Tensor.of(indices, 1, half).mul(-Math.log(MAX_PERIOD)).div(half - freqShift).exp(); // (1, C/2)
    Tensor[] rows = new Tensor[timesteps.length];
    Arrays.setAll(rows, i -> frequencies.mul(timesteps[i]));
    Tensor angles = Tensor.cat(0, rows); // (N, C/2)
    return flipSinToCos
        ? Tensor.cat(1, angles.cos(), angles.sin()) // (N, C)
        : Tensor.cat(1, angles.sin(), angles.cos()); // (N, C)
  }
}
