package io.gill.diffusion.network;

import io.gill.torch.Tensor;

/** From latents to pixels: the decoder of a VAE, or a tiny one trained to imitate it. */
public interface LatentDecoder {
  /**
   * What the UNet's latents are divided by before they are decoded.
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
