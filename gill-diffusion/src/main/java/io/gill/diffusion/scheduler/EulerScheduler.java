package io.gill.diffusion.scheduler;

import static io.gill.diffusion.scheduler.NoiseSchedule.sqrt;

import org.jspecify.annotations.Nullable;

/**
 * Euler's method over the noise level σ (Karras et al. 2022, arXiv 2206.00364, algorithm 2 without churn).
 *
 * <p>A sample here is x̂ = x_0 + σ·ε, not scaled to unit variance; the model is shown x̂/√(σ² + 1). Names here and in
 * the paper:
 * <ul>
 *   <li>{@code sigmas[i]}: σ_i = t_i, the noise level at step i; the last entry is the end of the run
 *   <li>{@code original}: D_θ(x̂; σ), the denoised sample
 *   <li>{@code slope}: d_i = dx̂/dσ
 * </ul>
 */
final class EulerScheduler implements Scheduler, SchedulerInspection.Predicting {
  private final SchedulerConfig config;
  private final double[] timesteps;
  private final float[] sigmas;
  private final double initNoiseSigma;
  private final Arguments arguments;
  private float[] original = new float[0];

  EulerScheduler(SchedulerConfig config, int steps, int batchSize) {
    this.config = config;
    var spacing = config.timestepSpacingOr(SchedulerConfig.TimestepSpacing.LINSPACE);
    double[] times = Spacing.single(Spacing.fractional(config, spacing, steps));
    float[] table = NoiseSchedule.finite(config).sigmas();
    float[] logs = Sigmas.logs(table);
    double[] levels = config.interpolationType == SchedulerConfig.Interpolation.LINEAR
        ? Sigmas.interpolate(table, times)
        : Sigmas.uniformLogSnr(logs[logs.length - 1], logs[0], steps + 1);
    double max = levels[0];
    double min = levels[levels.length - 1];
    double[] spread = Sigmas.spread(config.sigmaSpacing, max, min, steps);
    if (spread.length > 0) {
      levels = spread;
      times = Sigmas.timesteps(levels, logs);
    }
    this.sigmas = Sigmas.endingAt(config.finalSigmasType, levels, table);
    boolean continuous = config.timestepType == SchedulerConfig.TimestepType.CONTINUOUS
        && config.predictionType == SchedulerConfig.PredictionType.V_PREDICTION;
    if (continuous) {
      for (int i = 0; i < times.length; i++) {
        times[i] = 0.25f * (float) Math.log(sigmas[i]);
      }
    }
    this.timesteps = Spacing.single(times);
    this.initNoiseSigma = initNoiseSigma(spacing, sigmas[0]);
    this.arguments = new Arguments(timesteps.length, batchSize);
  }

  static double initNoiseSigma(SchedulerConfig.TimestepSpacing spacing, float max) {
    return spacing == SchedulerConfig.TimestepSpacing.LEADING ? sqrt(max * max + 1) : max;
  }

  @Override
  public double[] timesteps() {
    return timesteps.clone();
  }

  @Override
  public double initNoiseSigma() {
    return initNoiseSigma;
  }

  @Override
  public float[] scaleModelInput(float[] sample, int step) {
    arguments.checkIndex(step);
    return scaled(sample, sigmas[step]);
  }

  /** x̂/√(σ² + 1). */
  static float[] scaled(float[] sample, float sigma) {
    float scale = sqrt(sigma * sigma + 1);
    float[] scaled = new float[sample.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = sample[i] / scale;
    }
    return scaled;
  }

  @Override
  public float[] step(float[] modelOutput, int step, float[] sample, float @Nullable [] noise) {
    arguments.check(modelOutput, step, sample, noise, false);
    float sigma = sigmas[step];
    int size = sample.length;
    if (original.length != size) {
      original = new float[size];
    }

    // 1. the denoised sample D_θ(x̂; σ)
    Prediction.denoised(config.predictionType, sigma, modelOutput, sample, original);

    // 2. d_i = (x̂ − D_θ)/σ_i, and 3. x̂ + (σ_(i+1) − σ_i)·d_i
    float width = sigmas[step + 1] - sigma;
    float[] result = new float[size];
    for (int i = 0; i < size; i++) {
      float slope = (sample[i] - original[i]) / sigma;
      result[i] = sample[i] + slope * width;
    }
    return result;
  }

  @Override
  public float[] addNoise(float[] image, float[] noise, int step) {
    arguments.checkIndex(step);
    arguments.checkSizes(noise, image);
    return noised(image, noise, sigmas[step]);
  }

  /** x̂ = x_0 + σ·ε. */
  static float[] noised(float[] image, float[] noise, float sigma) {
    float[] noisy = new float[image.length];
    for (int i = 0; i < noisy.length; i++) {
      noisy[i] = image[i] + noise[i] * sigma;
    }
    return noisy;
  }

  @Override
  public float[] predicted() {
    return original;
  }
}
