package io.gill.diffusion.scheduler;

import java.util.Arrays;

/**
 * Dynamic thresholding (Saharia et al. 2022, section 2.3, arXiv 2205.11487): s is a high quantile of |x_0| of one
 * image, at least 1; x_0 is clipped to [−s, s] and divided by s.
 */
final class DynamicThreshold {
  private final int batchSize;
  private final float ratio;
  private final float max;
  private float[] sorted = new float[0];

  DynamicThreshold(SchedulerConfig config, int batchSize) {
    this.batchSize = batchSize;
    this.ratio = (float) config.dynamicThresholdingRatio;
    this.max = (float) config.sampleMaxValue;
  }

  /** Applies the threshold in place. */
  void apply(float[] original) {
    int size = original.length / batchSize;
    if (sorted.length != size) {
      sorted = new float[size];
    }
    for (int start = 0; start < original.length; start += size) {
      float s = Math.min(Math.max(quantile(original, start, size), 1), max);
      for (int i = start; i < start + size; i++) {
        original[i] = Math.min(Math.max(original[i], -s), s) / s;
      }
    }
  }

  private float quantile(float[] values, int start, int size) {
    for (int i = 0; i < size; i++) {
      sorted[i] = Math.abs(values[start + i]);
    }
    Arrays.sort(sorted); // NaN comes last and makes the quantile NaN, as in the reference
    if (Float.isNaN(sorted[size - 1])) {
      return Float.NaN;
    }
    float rank = ratio * (size - 1);
    int low = (int) rank;
    float weight = rank - low;
    float below = sorted[low];
    float above = sorted[Math.min(low + 1, size - 1)];
    return weight < 0.5f ? below + weight * (above - below) : above - (above - below) * (1 - weight);
  }
}
