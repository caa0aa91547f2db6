package io.gill.diffusion;

import io.gill.stage.ImageGenerator.Noise;
import io.gill.stage.OutputCheck;
import org.jspecify.annotations.Nullable;

/**
 * An encoded start image. All batches of a request share it, and each draws its own latents. Axes: h×w latents.
 *
 * @param image the start image
 * @param mask (h, w), 1 where the image is repainted; null to repaint all of it
 * @param latents latents of the image
 * @param outputs checks the latents
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier between two methods, never compared
record StartLatents(StartImage image, float @Nullable [] mask, EncodedImage latents, OutputCheck outputs) {
  /** Draws where a batch begins. */
  Denoiser.Start draw(Noise noise) {
    float[] drawn = outputs.finite("latents", latents.draw(noise));
    return new Denoiser.Start(
        image.step(), drawn, image.noiseAlone(), mask, mask == null ? 0 : latents.draws());
  }
}
