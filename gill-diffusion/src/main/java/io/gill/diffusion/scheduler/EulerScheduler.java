package io.gill.diffusion.scheduler;

import static io.gill.diffusion.scheduler.NoiseSchedule.sqrt;

import org.jspecify.annotations.Nullable;

/**
 * Euler's method over the noise level σ (Karras et al. 2022, arXiv 2206.00364, algorithm 2 without churn).
 *
 * <p>A sample here is x̂ = x_0 + σ·ε, not scaled to unit variance; the model is shown x̂/√(σ² + 1). Names here and in
 * the paper:
 * <ul>
 *   <li>{@code sigmas[i]}: σ_i = t_i, the noise level at step i; the last entry is where the run ends
 *   <li>{@code original}: D_θ(x̂; σ), the denoised sample
 *   <li>{@code slope}: d_i = dx̂/dσ
 * </ul>
 */
final class EulerScheduler implements Scheduler {
  private final SchedulerConfig config;
  private final float[] timesteps;
  private final float[] sigmas;
  private final double initNoiseSigma;
  private final Arguments arguments;
  private float[] original = new float[0];

  EulerScheduler(SchedulerConfig config, int steps, int batchSize) {
    this.config = config;
    var spacing = config.timestepSpacingOr(SchedulerConfig.TimestepSpacing.LINSPACE);
    int train = config.numTrainTimesteps();
    double[] times = switch (spacing) {
      case LINSPACE -> Spacing.reversed(Spacing.linspace(0, train - 1, steps));
      case LEADING -> Spacing.leading(steps, 0, train / steps, config.stepsOffset());
      case TRAILING -> Spacing.trailing(train, train / (double) steps);
    };
    Spacing.whole(config, steps, times);
    float[] table = NoiseSchedule.finite(config).sigmas();
    float[] logs = Sigmas.logs(table);
    double[] levels = config.interpolationType() == SchedulerConfig.Interpolation.LINEAR
        ? interpolated(table, times)
        : Sigmas.uniformLogSnr(logs[train - 1], logs[0], steps + 1);
    if (config.useKarrasSigmas()) {
      levels = Sigmas.karras(levels[0], levels[levels.length - 1], steps);
      times = Sigmas.timesteps(levels, logs);
    }
    this.sigmas = Sigmas.endingAt(config.finalSigmasType(), levels, table);
    boolean continuous = config.timestepType() == SchedulerConfig.TimestepType.CONTINUOUS
        && config.predictionType() == SchedulerConfig.PredictionType.V_PREDICTION;
    this.timesteps = new float[times.length];
    for (int i = 0; i < timesteps.length; i++) {
      timesteps[i] = continuous ? 0.25f * (float) Math.log(sigmas[i]) : (float) times[i];
    }
    float max = sigmas[0];
    this.initNoiseSigma = spacing == SchedulerConfig.TimestepSpacing.LEADING ? sqrt(max * max + 1) : max;
    this.arguments = new Arguments(timesteps.length, batchSize);
  }

  private static double[] interpolated(float[] table, double[] times) {
    double[] levels = new double[times.length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = Sigmas.interpolate(table, (float) times[i]);
    }
    return levels;
  }

  @Override
  public double[] timesteps() {
    double[] widened = new double[timesteps.length];
    for (int i = 0; i < widened.length; i++) {
      widened[i] = timesteps[i];
    }
    return widened;
  }

  @Override
  public double initNoiseSigma() {
    return initNoiseSigma;
  }

  @Override
  public boolean needsNoise() {
    return false;
  }

  @Override
  public float[] scaleModelInput(float[] sample, int step) {
    arguments.checkIndex(step);
    float scale = sqrt(sigmas[step] * sigmas[step] + 1);
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
    switch (config.predictionType()) {
      case EPSILON -> {
        for (int i = 0; i < size; i++) {
          original[i] = sample[i] - sigma * modelOutput[i];
        }
      }
      case SAMPLE -> System.arraycopy(modelOutput, 0, original, 0, size);
      case V_PREDICTION -> {
        float variance = sigma * sigma + 1;
        float out = -sigma / sqrt(variance);
        for (int i = 0; i < size; i++) {
          original[i] = modelOutput[i] * out + sample[i] / variance;
        }
      }
    }

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
    float[] noisy = new float[image.length];
    for (int i = 0; i < noisy.length; i++) {
      noisy[i] = image[i] + noise[i] * sigmas[step];
    }
    return noisy;
  }

  /** x_0 as the last step predicted it; the next step overwrites it. */
  float[] predictedOriginal() {
    return original;
  }
}
