package io.gill.diffusion.scheduler;

import org.jspecify.annotations.Nullable;

/** Limits a predicted image x_0 by dynamic thresholding, clipping or not at all. */
final class ImageLimit {
  private final @Nullable DynamicThreshold threshold;
  private final float range;

  /** Creates the limit of a configuration; {@code clip} tells whether to clip without thresholding. */
  ImageLimit(SchedulerConfig config, boolean clip, int batchSize) {
    threshold = config.thresholding ? new DynamicThreshold(config, batchSize) : null;
    range = clip ? (float) config.clipSampleRange : Float.POSITIVE_INFINITY;
  }

  /** Applies the limit in place. */
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
