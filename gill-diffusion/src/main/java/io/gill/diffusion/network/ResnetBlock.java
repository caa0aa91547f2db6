package io.gill.diffusion.network;

import io.gill.torch.Conv2d;
import io.gill.torch.GroupNorm;
import io.gill.torch.Linear;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import org.jspecify.annotations.Nullable;

/**
 * Two normalised convolutions with a residual connection, diffusers' {@code ResnetBlock2D}. Axes: N images, C
 * input and C' output channels, H×W pixels, T width of the time embedding.
 *
 * @param norm1 over C
 * @param conv1 C → C', 3×3
 * @param timeProjection T → C'; null in a VAE
 * @param norm2 over C'
 * @param conv2 C' → C', 3×3
 * @param shortcut C → C', 1×1; null if C = C'
 * @param scale divisor of the sum
 */
record ResnetBlock(
    GroupNorm norm1,
    Conv2d conv1,
    @Nullable Linear timeProjection,
    GroupNorm norm2,
    Conv2d conv2,
    @Nullable Conv2d shortcut,
    double scale) {

  /** Creates a block of the UNet, which reads the timestep embedding. */
  static ResnetBlock of(Weights w, long in, long out, long time, int groups, double eps, double scale) {
    return new ResnetBlock(
        GroupNorm.of(w.at("norm1"), groups, in, eps),
        Conv2d.of(w.at("conv1"), in, out, 3, 1, 1),
        time == 0 ? null : Linear.of(w.at("time_emb_proj"), time, out),
        GroupNorm.of(w.at("norm2"), groups, out, eps),
        Conv2d.of(w.at("conv2"), out, out, 3, 1, 1),
        in == out ? null : Conv2d.of(w.at("conv_shortcut"), in, out, 1, 1, 0),
        scale);
  }

  /** Creates a block of a VAE, which has no timestep. */
  static ResnetBlock of(Weights w, long in, long out, int groups) {
    return of(w, in, out, 0, groups, VaeMidBlock.NORM_EPS, 1);
  }

  /**
   * Applies the block.
   *
   * @param x (N, C, H, W)
   * @param time (1, T) after its activation; null in a VAE
   * @return (N, C', H, W)
   */
  Tensor apply(Tensor x, @Nullable Tensor time) {
    return Scope.tidy(() -> {
      Tensor h = Scope.tidy(() -> conv1.apply(norm1.apply(x).siluInPlace())); // (N, C', H, W)
      if (timeProjection != null && time != null) {
        h.addInPlace(timeProjection.apply(time).unsqueeze(-1).unsqueeze(-1)); // + (1 or N, C', 1, 1)
      }
      Tensor normed = norm2.apply(h).siluInPlace(); // (N, C', H, W)
      h.close();
      Tensor y = conv2.apply(normed); // (N, C', H, W)
      normed.close();
      y.addInPlace(shortcut == null ? x : shortcut.apply(x)); // (N, C', H, W)
      return scale == 1 ? y : y.mulInPlace(1 / scale);
    });
  }
}
