package io.gill.diffusion.network;

import io.gill.torch.Conv2d;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;

/**
 * Three convolutions with ReLU and a residual connection, diffusers' {@code AutoencoderTinyBlock}. Axes: N images, C
 * channels, H×W pixels.
 */
record TinyBlock(Conv2d first, Conv2d second, Conv2d third) {
  static TinyBlock of(Weights w, long channels) {
    return new TinyBlock(
        Conv2d.of(w.at("conv.0"), channels, channels, 3, 1, 1),
        Conv2d.of(w.at("conv.2"), channels, channels, 3, 1, 1),
        Conv2d.of(w.at("conv.4"), channels, channels, 3, 1, 1));
  }

  /** (N, C, H, W) → (N, C, H, W). */
  Tensor apply(Tensor x) {
    return Scope.tidy(() -> {
      Tensor h = second.apply(first.apply(x).reluInPlace()).reluInPlace(); // (N, C, H, W)
      return third.apply(h).addInPlace(x).reluInPlace(); // (N, C, H, W)
    });
  }
}
