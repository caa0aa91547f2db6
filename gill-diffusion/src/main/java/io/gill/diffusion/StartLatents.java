package io.gill.diffusion;

import io.gill.stage.ImageGenerator.Noise;
import io.gill.stage.OutputCheck;
import org.jspecify.annotations.Nullable;

/**
 * The encoded start of a request. All batches share it, and each draws its own latents. Axes: h×w latents.
 *
 * @param step index of the first step
 * @param image latents of the start image; null for a run that starts from noise and keeps nothing of an image
 * @param noiseAlone whether the run starts from noise in spite of an image, which then only fills the unmasked part
 * @param mask (h, w), 1 where the image is repainted and 0 where it stays; null to repaint all of it, and for a UNet
 *     for inpainting
 * @param visible further input of a UNet for inpainting; null for others
 * @param outputs checks the latents
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier between two methods, never compared
record StartLatents(int step, @Nullable EncodedImage image, boolean noiseAlone, float @Nullable [] mask,
    @Nullable VisibleImage visible, OutputCheck outputs) {
  /** Draws the start of a batch. */
  Denoiser.Start draw(Noise noise) {
    float[] drawn = image == null ? null : outputs.finite("latents", image.draw(noise));
    // The published pipeline encodes the visible part for every UNet, and draws from it.
    int unused = image == null || mask == null ? 0 : image.draws();
    return new Denoiser.Start(step, drawn, noiseAlone, mask, unused, visible);
  }
}
