package io.gill.diffusion.scheduler;

import static io.gill.diffusion.scheduler.NoiseSchedule.sqrt;

import org.jspecify.annotations.Nullable;

/**
 * Denoising diffusion implicit models (Song, Meng, Ermon 2020, arXiv 2010.02502).
 *
 * <p>Names here and in the paper, whose α is the cumulative product written ᾱ here:
 * <ul>
 *   <li>{@code alpha}, {@code alphaPrevious}: ᾱ_t, ᾱ_(t−1), where t − 1 denotes the next step
 *   <li>{@code original}: the predicted x_0, f_θ(x_t, t)
 *   <li>{@code epsilon}: ε_θ(x_t, t)
 *   <li>{@code sigma}: σ_t(η)
 * </ul>
 */
final class DdimScheduler implements Scheduler, SchedulerInspection.Predicting {
  private final SchedulerConfig config;
  private final NoiseSchedule schedule;
  private final int[] timesteps;
  private final int stride;
  private final float finalAlpha;
  private final float eta;
  private final Arguments arguments;
  private final ImageLimit limit;
  private final boolean rederiveNoise;
  private float[] original = new float[0];

  DdimScheduler(SchedulerConfig config, int steps, double eta, boolean rederiveNoise, int batchSize) {
    this.config = config;
    this.schedule = NoiseSchedule.of(config);
    this.timesteps =
        Spacing.discrete(config, config.timestepSpacingOr(SchedulerConfig.TimestepSpacing.LEADING), steps);
    schedule.requireSignal(timesteps[0], config);
    this.stride = config.numTrainTimesteps / steps;
    this.finalAlpha = config.setAlphaToOneOr(true) ? 1 : schedule.alphaCumprod(0);
    this.eta = (float) eta;
    this.arguments = new Arguments(timesteps.length, batchSize);
    this.limit = new ImageLimit(config, config.clipSampleOr(true), batchSize);
    this.rederiveNoise = rederiveNoise;
  }

  @Override
  public double[] timesteps() {
    return Spacing.widened(timesteps);
  }

  @Override
  public boolean needsNoise(int step) {
    return eta > 0;
  }

  @Override
  public float[] step(float[] modelOutput, int step, float[] sample, float @Nullable [] noise) {
    arguments.check(modelOutput, step, sample, noise, needsNoise(step));
    // 1. ᾱ of this timestep and of the end of the step
    int previous = timesteps[step] - stride;
    float alpha = schedule.alphaCumprod(timesteps[step]);
    float alphaPrevious = previous >= 0 ? schedule.alphaCumprod(previous) : finalAlpha;
    float rootAlpha = sqrt(alpha);
    float rootBeta = sqrt(1 - alpha);

    // 2. the predicted x_0 of formula (12), and ε_θ
    int size = sample.length;
    if (original.length != size) {
      original = new float[size];
    }
    float[] result = new float[size];
    float[] epsilon = result; // overwritten in place by the last step
    Prediction.image(config.predictionType, rootAlpha, rootBeta, modelOutput, sample, original);
    if (!rederiveNoise) {
      Prediction.noise(config.predictionType, rootAlpha, rootBeta, modelOutput, sample, epsilon);
    }

    // 3. x_0 thresholded or clipped, and ε_θ derived from it if asked for
    limit.apply(original);
    if (rederiveNoise) {
      Prediction.noiseBeside(original, rootAlpha, rootBeta, sample, epsilon);
    }

    // 4. σ_t(η) of formula (16)
    float variance = (1 - alphaPrevious) / (1 - alpha) * (1 - alpha / alphaPrevious);
    float sigma = eta * sqrt(variance);

    // 5. formula (12): √ᾱ_(t−1)·x_0 + the direction pointing to x_t + σ_t·noise
    float rootAlphaPrevious = sqrt(alphaPrevious);
    // At η = 1, rounding can make this negative; the reference then returns NaN.
    float direction = sqrt(Math.max(0, 1 - alphaPrevious - sigma * sigma));
    for (int i = 0; i < size; i++) {
      result[i] = rootAlphaPrevious * original[i] + direction * epsilon[i];
    }
    if (noise != null) {
      for (int i = 0; i < size; i++) {
        result[i] += sigma * noise[i];
      }
    }
    return result;
  }

  @Override
  public float[] addNoise(float[] image, float[] noise, int step) {
    arguments.checkIndex(step);
    return schedule.addNoise(image, noise, timesteps[step]);
  }

  @Override
  public float[] predicted() {
    return original;
  }
}
