package io.gill.diffusion.scheduler;

import org.jspecify.annotations.Nullable;

/** Keeps a predicted image x_0 within bounds: dynamic thresholding, or clipping, or neither. */
final class ImageLimit {
  private final @Nullable DynamicThreshold threshold;
  private final float range;

  /** The limits of a configuration; {@code clip} says whether values are clipped where it has no threshold. */
  ImageLimit(SchedulerConfig config, boolean clip, int batchSize) {
    threshold = config.thresholding ? new DynamicThreshold(config, batchSize) : null;
    range = clip ? (float) config.clipSampleRange : Float.POSITIVE_INFINITY;
  }

  /** Changes {@code image} in place. */
  void apply(float[] image) {
    if (threshold != null) {
      threshold.apply(image);
    } else if (range != Float.POSITIVE_INFINITY) {
      for (int i = 0; i < image.length; i++) {
        image[i] = Math.min(Math.max(image[i], -range), range);
      }
    }
  }
}
