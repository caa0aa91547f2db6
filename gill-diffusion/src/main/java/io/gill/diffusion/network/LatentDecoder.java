package io.gill.diffusion.network;

import io.gill.torch.Tensor;

/** Decodes latents into pixels: the decoder of a VAE, or a tiny imitation of it. */
public interface LatentDecoder {
  /**
   * Returns the divisor of the UNet's latents before decoding.
   *
   * @return the scaling factor of the latents this decoder was trained on
   */
  double scalingFactor();

  /**
   * Decodes.
   *
   * @param latents (N, Z, h, w), already divided by the scaling factor
   * @return (N, 3, H, W), about −1 to 1, in the model's precision
   */
  Tensor decode(Tensor latents);
}
