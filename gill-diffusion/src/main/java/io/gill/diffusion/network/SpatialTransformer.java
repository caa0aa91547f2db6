package io.gill.diffusion.network;

import io.gill.torch.GroupNorm;
import io.gill.torch.Linear;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * Attention of a level's pixels to each other and to the text, diffusers' {@code Transformer2DModel}. Axes: N images, C
 * channels, H×W pixels, S = H·W, L text tokens, D their width.
 *
 * @param norm over C
 * @param projIn C → C
 * @param blocks the transformer's layers
 * @param projOut C → C
 */
record SpatialTransformer(GroupNorm norm, Linear projIn, List<TransformerBlock> blocks, Linear projOut) {
  /** The published constant, which the configuration's norm_eps does not change. */
  private static final double NORM_EPS = 1e-6;

  static SpatialTransformer of(Weights w, int level, UNetConfig config) {
    int channels = config.blockOutChannels().get(level);
    int heads = config.heads().get(level);
    List<TransformerBlock> blocks = new ArrayList<>();
    for (int i = 0; i < config.transformerLayers().get(level); i++) {
      blocks.add(TransformerBlock.of(w.at("transformer_blocks", i), channels, heads, config.crossAttentionDim()));
    }
    return new SpatialTransformer(
        GroupNorm.of(w.at("norm"), config.normNumGroups(), channels, NORM_EPS),
        projection(w.at("proj_in"), channels, config),
        blocks,
        projection(w.at("proj_out"), channels, config));
  }

  private static Linear projection(Weights w, long channels, UNetConfig config) {
    return config.useLinearProjection()
        ? Linear.of(w, channels, channels)
        : Linear.ofPointwise(w, channels, channels);
  }

  /**
   * Applies the transformer.
   *
   * @param x (N, C, H, W)
   * @param text keys and values of the text
   * @return (N, C, H, W)
   */
  Tensor apply(Tensor x, TextKeys text) {
    return Scope.tidy(() -> {
      long n = x.size(0);
      long c = x.size(1);
      long height = x.size(2);
      long width = x.size(3);
      Tensor h = Scope.tidy(() -> projIn.apply(
          norm.apply(x).permute(0, 2, 3, 1).reshape(n, height * width, c))); // (N, C, H, W) → (N, S, C)
      blocks.forEach(block -> block.applyInPlace(h, text)); // (N, S, C)
      Tensor y = projOut.apply(h).reshape(n, height, width, c).permute(0, 3, 1, 2); // (N, S, C) → (N, C, H, W)
      return y.addInPlace(x); // (N, C, H, W)
    });
  }
}
