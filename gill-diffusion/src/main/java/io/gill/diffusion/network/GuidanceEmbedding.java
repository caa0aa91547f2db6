package io.gill.diffusion.network;

import io.gill.torch.Linear;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;

/**
 * The guidance scale w as a vector, for models distilled with their guidance (Meng et al. 2023, arXiv 2210.03142):
 * sines and cosines of 1000·(w − 1), projected without a bias. G is their width, C the result's.
 *
 * @param width G
 * @param projection G → C
 */
record GuidanceEmbedding(int width, Linear projection) {
  private static final double MAX_PERIOD = 10000;

  static GuidanceEmbedding of(Weights w, int width, int out) {
    return new GuidanceEmbedding(width, Linear.withoutBias(w, width, out));
  }

  /** (1, C). */
  Tensor apply(double guidanceScale) {
    return Scope.tidy(() -> {
      int half = width / 2;
      float[] indices = new float[half];
      for (int i = 0; i < half; i++) {
        indices[i] = i;
      }
      float step = (float) Math.log(MAX_PERIOD) / (half - 1);
      Tensor frequencies = Tensor.of(indices, 1, half).mul(-step).exp(); // (1, G/2)
      Tensor angles = frequencies.mul((float) (guidanceScale - 1) * 1000f);
      Tensor waves = Tensor.cat(1, angles.sin(), angles.cos()); // (1, G), less one if G is odd
      return projection.apply(projection.cast(width % 2 == 0 ? waves : waves.padZeros(0, 1))); // (1, C)
    });
  }
}
