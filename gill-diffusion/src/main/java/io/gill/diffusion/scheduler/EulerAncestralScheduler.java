package io.gill.diffusion.scheduler;

import static io.gill.diffusion.scheduler.NoiseSchedule.sqrt;

import org.jspecify.annotations.Nullable;

/**
 * Euler's method with ancestral sampling: each step goes below the next level and adds noise back (Song et al.
 * 2021, arXiv 2011.13456, formula 47, in the σ of Karras et al. 2022, arXiv 2206.00364).
 *
 * <p>Samples, {@code sigmas} and {@code original} as in {@link EulerScheduler}; {@code up} and {@code down} split the
 * next level, σ_(i+1)² = up² + down².
 */
final class EulerAncestralScheduler implements Scheduler, SchedulerInspection.Predicting {
  private final SchedulerConfig config;
  private final double[] timesteps;
  private final float[] sigmas;
  private final double initNoiseSigma;
  private final Arguments arguments;
  private float[] original = new float[0];

  EulerAncestralScheduler(SchedulerConfig config, int steps, int batchSize) {
    if (config.predictionType == SchedulerConfig.PredictionType.SAMPLE) {
      throw config.error(
          "prediction_type", "sample", "EULER_ANCESTRAL has epsilon and v_prediction; ask for EULER or DDIM");
    }
    this.config = config;
    var spacing = config.timestepSpacingOr(SchedulerConfig.TimestepSpacing.LINSPACE);
    float[] table = NoiseSchedule.finite(config).sigmas();
    double[] times = Spacing.fractional(config, spacing, steps);
    this.timesteps = Spacing.single(times);
    this.sigmas =
        Sigmas.endingAt(SchedulerConfig.FinalSigmas.ZERO, Sigmas.interpolate(table, timesteps), table);
    this.initNoiseSigma = EulerScheduler.initNoiseSigma(spacing, sigmas[0]);
    this.arguments = new Arguments(timesteps.length, batchSize);
  }

  @Override
  public double[] timesteps() {
    return timesteps.clone();
  }

  @Override
  public double initNoiseSigma() {
    return initNoiseSigma;
  }

  /** The last step draws noise without adding it, as in published runs. */
  @Override
  public boolean needsNoise(int step) {
    return true;
  }

  @Override
  public float[] scaleModelInput(float[] sample, int step) {
    arguments.checkIndex(step);
    return EulerScheduler.scaled(sample, sigmas[step]);
  }

  @Override
  public float[] step(float[] modelOutput, int step, float[] sample, float @Nullable [] noise) {
    arguments.check(modelOutput, step, sample, noise, true);
    float from = sigmas[step];
    float to = sigmas[step + 1];
    int size = sample.length;
    if (original.length != size) {
      original = new float[size];
    }

    // 1. the denoised sample D_θ(x̂; σ)
    Prediction.denoised(config.predictionType, from, modelOutput, sample, original);

    // 2. how far down, and how much noise back up
    float up = sqrt(to * to * (from * from - to * to) / (from * from));
    float down = sqrt(to * to - up * up);

    // 3. x̂ + (down − σ_i)·d_i + up·z
    float width = down - from;
    float[] result = new float[size];
    for (int i = 0; i < size; i++) {
      float slope = (sample[i] - original[i]) / from;
      result[i] = sample[i] + slope * width;
    }
    if (noise != null) {
      for (int i = 0; i < size; i++) {
        result[i] += noise[i] * up;
      }
    }
    return result;
  }

  @Override
  public float[] addNoise(float[] image, float[] noise, int step) {
    arguments.checkIndex(step);
    arguments.checkSizes(noise, image);
    return EulerScheduler.noised(image, noise, sigmas[step]);
  }

  @Override
  public float[] predicted() {
    return original;
  }
}
