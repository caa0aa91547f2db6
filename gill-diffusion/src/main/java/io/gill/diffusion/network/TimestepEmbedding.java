package io.gill.diffusion.network;

import io.gill.torch.Linear;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The timestep as a vector: its sines and cosines (Ho et al. 2020, after Vaswani et al. 2017) through two linear
 * layers. C is the width of the sinusoids, T = 4·C the result's.
 *
 * @param waves maps a timestep to C sinusoids
 * @param guidance embedding of the guidance scale; null in models that do not read it
 * @param linear1 C → T
 * @param linear2 T → T
 */
record TimestepEmbedding(
    Sinusoids waves, @Nullable GuidanceEmbedding guidance, Linear linear1, Linear linear2) {
  static TimestepEmbedding of(Weights w, UNetConfig config) {
    int c = config.blockOutChannels().get(0);
    int told = config.timeCondProjDim();
    GuidanceEmbedding guidance = told == 0 ? null : GuidanceEmbedding.of(w.at("cond_proj"), told, c);
    return new TimestepEmbedding(Sinusoids.of(c, config), guidance,
        Linear.of(w.at("linear_1"), c, 4L * c), Linear.of(w.at("linear_2"), 4L * c, 4L * c));
  }

  /** Returns (N, T). {@code scale} is the embedded guidance scale, (1, C), or null to leave it out. */
  Tensor apply(double[] timesteps, @Nullable Tensor scale, BiConsumer<String, Tensor> probe) {
    return Scope.tidy(() -> {
      Tensor projected = waves.of(timesteps); // (N, C)
      probe.accept("time_proj", projected);
      Tensor input = linear1.cast(projected); // (N, C)
      Tensor told = scale == null ? input : input.add(scale); // (N, C) + (1, C)
      Tensor x = linear1.apply(told).siluInPlace(); // (N, C) → (N, T)
      return linear2.apply(x); // (N, T)
    });
  }
}
