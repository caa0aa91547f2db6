package io.gill.diffusion.network;

import io.gill.torch.Linear;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.function.BiConsumer;

/**
 * How noisy the sample is, as a vector: sines and cosines of the timestep (Ho et al. 2020, after Vaswani et al. 2017)
 * through two linear layers. C is the width of the sinusoids, T = 4·C that of the result.
 *
 * @param waves C sinusoids of a timestep
 * @param linear1 C → T
 * @param linear2 T → T
 */
record TimestepEmbedding(Sinusoids waves, Linear linear1, Linear linear2) {
  static TimestepEmbedding of(Weights w, UNetConfig config) {
    int c = config.blockOutChannels().get(0);
    return new TimestepEmbedding(Sinusoids.of(c, config),
        Linear.of(w.at("linear_1"), c, 4L * c), Linear.of(w.at("linear_2"), 4L * c, 4L * c));
  }

  Tensor apply(double[] timesteps, BiConsumer<String, Tensor> probe) {
    return Scope.tidy(() -> {
      Tensor projected = waves.of(timesteps); // (N, C)
      probe.accept("time_proj", projected);
      Tensor x = linear1.apply(projected.to(linear1.weight())).siluInPlace(); // (N, C) → (N, T)
      return linear2.apply(x); // (N, T)
    });
  }
}
