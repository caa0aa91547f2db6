package io.gill.diffusion.network;

import io.gill.torch.Conv2d;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;

/**
 * Enlarges by repeating pixels, then applies a 3×3 convolution.
 *
 * @param conv C → C
 */
record Upsample(Conv2d conv) {
  static Upsample of(Weights w, long channels) {
    return new Upsample(Conv2d.of(w.at("conv"), channels, channels, 3, 1, 1));
  }

  /** (N, C, H, W) → (N, C, height, width). */
  Tensor apply(Tensor x, long height, long width) {
    return Scope.tidy(() -> conv.apply(x.upsampleNearest(height, width)));
  }
}
