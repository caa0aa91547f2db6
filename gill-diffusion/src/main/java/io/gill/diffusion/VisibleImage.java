package io.gill.diffusion;

import io.gill.stage.ImageGenerator.Noise;
import java.util.Arrays;

/**
 * The input of a UNet for inpainting besides the latents: a mask, and the image with the masked part grey. Axes: N
 * images of a batch, Z latent channels, h×w latents.
 *
 * @param mask (h, w), 1 where the image is repainted
 * @param image latents of the image with the masked part grey
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier between two methods, never compared
record VisibleImage(float[] mask, EncodedImage image) {
  /** Draws the channels (N, 1 + Z, h, w), the same for all images. */
  float[] draw(Noise noise, int n) {
    float[] latents = image.draw(noise);
    float[] one = Arrays.copyOf(mask, mask.length + latents.length);
    System.arraycopy(latents, 0, one, mask.length, latents.length);
    return Denoiser.repeat(one, n);
  }
}
