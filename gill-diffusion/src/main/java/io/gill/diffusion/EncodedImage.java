package io.gill.diffusion;

import io.gill.diffusion.network.LatentEncoder;
import io.gill.stage.ImageGenerator.Noise;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;

/**
 * The latents of an image: a normal distribution to draw from, or a single point. Axes: Z latent channels, h×w latents,
 * H×W pixels.
 *
 * @param mean (Z, h, w)
 * @param deviation (Z, h, w), the standard deviation; empty if the autoencoder yields a point
 * @param scalingFactor factor from these latents to those of the UNet
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier between two methods, never compared
record EncodedImage(float[] mean, float[] deviation, float scalingFactor) {
  /** Encodes (3, H, W), from −1 to 1. */
  static EncodedImage of(LatentEncoder encoder, float[] planes, int height, int width) {
    return Scope.compute("encoding an image", () -> {
      LatentEncoder.Latents latents = encoder.encode(Tensor.of(planes, 1, 3, height, width)); // (1, Z, h, w)
      return new EncodedImage(latents.mean().toFloats(),
          latents.deviation().map(Tensor::toFloats).orElseGet(() -> new float[0]), (float) encoder.scalingFactor());
    });
  }

  /** Number of values that {@link #draw} takes from the noise. */
  int draws() {
    return deviation.length;
  }

  /** Draws latents (Z, h, w) for the UNet. */
  float[] draw(Noise noise) {
    if (deviation.length == 0) {
      return mostLikely();
    }
    float[] latents = Denoiser.draw(noise, mean.length);
    for (int i = 0; i < latents.length; i++) {
      latents[i] = (mean[i] + deviation[i] * latents[i]) * scalingFactor;
    }
    return latents;
  }

  /** Returns the mean as latents (Z, h, w) for the UNet. */
  float[] mostLikely() {
    return Denoiser.scaled(mean, scalingFactor);
  }
}
