package io.gill.diffusion.network;

import io.gill.torch.Linear;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;

/**
 * The embedding that SDXL adds to that of the timestep (Podell et al. 2023, arXiv 2307.01952): the pooled text and six
 * numbers about sizes. Axes: N images, P width of the pooled text, A of the sinusoids of a number, T of
 * the result.
 *
 * @param waves maps a number to A sinusoids
 * @param linear1 P + 6·A → T
 * @param linear2 T → T
 */
record AddedEmbedding(Sinusoids waves, Linear linear1, Linear linear2) {
  static AddedEmbedding of(Weights w, UNetConfig config) {
    long t = 4L * config.blockOutChannels().get(0);
    return new AddedEmbedding(Sinusoids.of(config.additionTimeEmbedDim(), config),
        Linear.of(w.at("linear_1"), config.additionInputDim(), t), Linear.of(w.at("linear_2"), t, t));
  }

  /** Returns the input of the layers: (N, P) and six numbers for each of N images → (N, P + 6·A). */
  Tensor input(Tensor pooled, double[][] sizes) {
    return Scope.tidy(() -> {
      Tensor[] rows = new Tensor[sizes.length];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = waves.of(sizes[i]).reshape(1, (long) sizes[i].length * waves.width()); // (6, A) → (1, 6·A)
      }
      Tensor numbers = linear1.cast(Tensor.cat(0, rows)); // (N, 6·A)
      return Tensor.cat(1, linear1.cast(pooled), numbers); // (N, P + 6·A)
    });
  }

  /** (N, P + 6·A) → (N, T). */
  Tensor apply(Tensor input) {
    return Scope.tidy(() -> linear2.apply(linear1.apply(linear1.cast(input)).siluInPlace()));
  }
}
