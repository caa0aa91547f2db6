package io.gill.diffusion;

import io.gill.stage.ImageGenerator.Noise;
import io.gill.stage.OutputCheck;
import org.jspecify.annotations.Nullable;

/**
 * The encoded start of a request (Meng et al. 2021, arXiv 2108.01073). All batches share it, and each draws its own
 * latents. Axes: Z latent channels, h×w latents.
 *
 * @param step index of the first step
 * @param image latents of the start image; null for a run that starts from noise and keeps nothing of an image
 * @param mask (h, w), 1 where the image is repainted and 0 where it stays; null to repaint all of it, and for a UNet
 *     for inpainting
 * @param visible further input of a UNet for inpainting; null for others
 * @param outputs checks the latents
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier between two methods, never compared
record StartLatents(int step, @Nullable EncodedImage image, float @Nullable [] mask,
    @Nullable VisibleImage visible, OutputCheck outputs) {
  /** Draws the latents (Z, h, w) of the start image for a batch; null without one. */
  float @Nullable [] draw(Noise noise) {
    return image == null ? null : outputs.finite("latents", image.draw(noise));
  }

  /** Whether the run starts from noise. With full strength an image only fills the unmasked part. */
  boolean noiseAlone() {
    return image == null || (mask != null && step == 0);
  }

  /**
   * Number of values that a batch draws after its noise and does not use: the published pipeline encodes the visible
   * part for every UNet, and draws from it.
   */
  int unusedDraws() {
    return image == null || mask == null ? 0 : image.draws();
  }
}
