package io.gill.diffusion;

import com.google.common.primitives.Floats;
import io.gill.stage.ImageGenerator.Noise;

/**
 * The input of a UNet for inpainting besides the latents: a mask, and the image with the masked part grey. Axes: Z
 * latent channels, h×w latents.
 *
 * @param mask (h, w), 1 where the image is repainted
 * @param image latents of the image with the masked part grey
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier between two methods, never compared
record VisibleImage(float[] mask, EncodedImage image) {
  /** Draws the channels (1 + Z, h, w) that all images of a batch share. */
  float[] draw(Noise noise) {
    return Floats.concat(mask, image.draw(noise));
  }
}
