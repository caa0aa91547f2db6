package io.gill.diffusion.scheduler;

import org.jspecify.annotations.Nullable;

/** Checks the arguments and the order of steps. */
final class Arguments {
  private final int steps;
  private final int batchSize;
  private int next = -1;
  private int size = -1;

  Arguments(int steps, int batchSize) {
    this.steps = steps;
    this.batchSize = batchSize;
  }

  void checkIndex(int step) {
    if (step < 0 || step >= steps) {
      throw new IllegalArgumentException("step is " + step + ": use 0 to " + (steps - 1));
    }
  }

  void check(float[] modelOutput, int step, float[] sample, float @Nullable [] noise, boolean needsNoise) {
    checkIndex(step);
    if (next >= 0 && step != next) {
      throw new IllegalStateException(
          "step " + step + " after step " + (next - 1) + ": steps must be consecutive; a run needs a new scheduler");
    }
    checkSizes(modelOutput, sample);
    if (size >= 0 && sample.length != size) {
      throw new IllegalArgumentException("the sample has " + sample.length + " values, the step before had " + size);
    }
    if (needsNoise != (noise != null)) {
      throw new IllegalArgumentException(needsNoise
          ? "noise is null, but this step adds noise: pass Gaussian noise"
          : "noise is given, but this step adds none");
    }
    if (noise != null) {
      checkSizes(noise, sample);
    }
    size = sample.length;
    next = step + 1;
  }

  void checkSizes(float[] other, float[] sample) {
    if (sample.length == 0 || other.length != sample.length || sample.length % batchSize != 0) {
      throw new IllegalArgumentException(
          sample.length + " sample values, " + other.length + " others and a batch of " + batchSize
              + " do not fit together");
    }
  }
}
