package io.gill.diffusion.network;

import io.gill.torch.Tensor;
import java.util.Optional;

/** Encodes pixels into latents: the encoder of a VAE, or a tiny imitation of it. */
public interface LatentEncoder {
  /**
   * Returns the factor of latents before the UNet.
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

  /** An encoded image: a normal distribution, or a single point. */
  interface Latents {
    /**
     * Returns the most likely latents.
     *
     * @return (N, Z, h, w), not yet multiplied by the scaling factor
     */
    Tensor mean();

    /**
     * Returns the standard deviation.
     *
     * @return (N, Z, h, w), or empty for encoders that return a single point
     */
    Optional<Tensor> deviation();
  }
}
