package io.gill.diffusion.network;

import io.gill.torch.GroupNorm;
import io.gill.torch.Linear;
import io.gill.torch.ScaledDotProduct;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;

/**
 * The coarsest level of an autoencoder's encoder or decoder, diffusers' {@code UNetMidBlock2D}: single-head attention
 * between all pixels. Axes: N images, C channels, H×W pixels, S = H·W.
 *
 * @param resnet1 C → C
 * @param norm over C
 * @param query C → C
 * @param key C → C
 * @param value C → C
 * @param out C → C
 * @param resnet2 C → C
 */
record VaeMidBlock(
    ResnetBlock resnet1,
    GroupNorm norm,
    Linear query,
    Linear key,
    Linear value,
    Linear out,
    ResnetBlock resnet2) {
  /** {@code eps} of every group norm of an autoencoder. */
  static final double NORM_EPS = 1e-6;

  static VaeMidBlock of(Weights w, long channels, int groups) {
    Weights attention = w.at("attentions", 0);
    // Older files name the projections query, key, value and proj_attn.
    boolean old = attention.has("query.weight");
    return new VaeMidBlock(
        ResnetBlock.of(w.at("resnets", 0), channels, channels, groups),
        GroupNorm.of(attention.at("group_norm"), groups, channels, NORM_EPS),
        Linear.ofPointwise(attention.at(old ? "query" : "to_q"), channels, channels),
        Linear.ofPointwise(attention.at(old ? "key" : "to_k"), channels, channels),
        Linear.ofPointwise(attention.at(old ? "value" : "to_v"), channels, channels),
        Linear.ofPointwise(attention.at(old ? "proj_attn" : "to_out.0"), channels, channels),
        ResnetBlock.of(w.at("resnets", 1), channels, channels, groups));
  }

  /** (N, C, H, W) → (N, C, H, W). */
  Tensor apply(Tensor x) {
    return Scope.tidy(() -> {
      Tensor h = resnet1.apply(x, null); // (N, C, H, W)
      Tensor attended = attend(h); // (N, C, H, W)
      h.close();
      return resnet2.apply(attended, null); // (N, C, H, W)
    });
  }

  private Tensor attend(Tensor x) {
    return Scope.tidy(() -> {
      long n = x.size(0);
      long c = x.size(1);
      long height = x.size(2);
      long width = x.size(3);
      Tensor pixels = norm.apply(x).permute(0, 2, 3, 1).reshape(n, 1, height * width, c); // (N, 1, S, C)
      Tensor mixed = ScaledDotProduct.attention(query.apply(pixels), key.apply(pixels), value.apply(pixels), null,
          false, 1 / Math.sqrt((double) c)); // (N, 1, S, C)
      Tensor y = out.apply(mixed).reshape(n, height, width, c).permute(0, 3, 1, 2); // (N, C, H, W)
      return y.addInPlace(x);
    });
  }
}
