package io.gill.diffusion.network;

import io.gill.torch.Tensor;
import java.util.Optional;

/** From pixels to latents: the encoder of a VAE, or a tiny one trained to imitate it. */
public interface LatentEncoder {
  /**
   * What latents are multiplied by before the UNet sees them.
   *
   * @return the scaling factor of the latents this encoder was trained for
   */
  double scalingFactor();

  /**
   * Encodes.
   *
   * @param images (N, 3, H, W), −1 to 1, both sizes multiples of the autoencoder's factor
   * @return the latents, owned by the computation
   */
  Latents encode(Tensor images);

  /** What an image is encoded into: a normal distribution, or one point. */
  interface Latents {
    /**
     * The most likely latents.
     *
     * @return (N, Z, h, w), not yet multiplied by the scaling factor
     */
    Tensor mean();

    /**
     * The standard deviation.
     *
     * @return (N, Z, h, w), or empty for encoders that yield one point, from which nothing is drawn
     */
    Optional<Tensor> deviation();
  }
}
