package io.gill.diffusion.network;

import io.gill.torch.Conv2d;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;

/**
 * Halves height and width with a 3×3 convolution of stride 2.
 *
 * @param conv C → C
 * @param padded whether the convolution pads all sides, instead of the right and bottom ones only
 */
record Downsample(Conv2d conv, boolean padded) {
  static Downsample of(Weights w, long channels, int padding) {
    return new Downsample(Conv2d.of(w.at("conv"), channels, channels, 3, 2, padding), padding == 1);
  }

  /** (N, C, H, W) → (N, C, ⌈H/2⌉, ⌈W/2⌉) if padded, else ⌊H/2⌋ and ⌊W/2⌋. */
  Tensor apply(Tensor x) {
    return Scope.tidy(() -> conv.apply(padded ? x : x.padZeros(0, 1, 0, 1)));
  }
}
