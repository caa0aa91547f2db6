package io.gill.diffusion.scheduler;

import static io.gill.diffusion.scheduler.NoiseSchedule.sqrt;

import org.jspecify.annotations.Nullable;

/**
 * Strategic stochastic sampling of trajectory consistency models (Zheng et al. 2024, algorithm 4, arXiv 2402.19159).
 *
 * <p>Names here and in the paper:
 * <ul>
 *   <li>{@code timesteps}: τ_n, taken from the grid that the model was distilled on
 *   <li>{@code gamma}: γ, the share of noise; 0 is deterministic, 1 the multistep sampling of consistency models
 *   <li>{@code s}: ⌊(1 − γ)·τ_(n+1)⌋, where the consistency function jumps to
 *   <li>{@code jumped}: x_s = √ᾱ_s·x_0 + √(1 − ᾱ_s)·ε
 * </ul>
 */
final class TcdScheduler implements Scheduler, Schedulers.Predicting {
  private final SchedulerConfig config;
  private final NoiseSchedule schedule;
  private final int[] timesteps;
  private final float gamma;
  private final Arguments arguments;
  private float[] jumped = new float[0];

  TcdScheduler(SchedulerConfig config, SchedulerRequest request) {
    this.config = config;
    this.schedule = NoiseSchedule.of(config);
    this.timesteps = DistilledGrid.timesteps(config, request);
    this.gamma = (float) request.eta();
    this.arguments = new Arguments(timesteps.length, request.batchSize());
  }

  @Override
  public double[] timesteps() {
    return Spacing.widened(timesteps);
  }

  @Override
  public double initNoiseSigma() {
    return 1;
  }

  @Override
  public boolean needsNoise(int step) {
    return gamma > 0 && step < timesteps.length - 1;
  }

  @Override
  public float[] scaleModelInput(float[] sample, int step) {
    arguments.checkIndex(step);
    return sample;
  }

  @Override
  public float[] step(float[] modelOutput, int step, float[] sample, float @Nullable [] noise) {
    arguments.check(modelOutput, step, sample, noise, needsNoise(step));
    // 1. the next timestep, and s before it
    int next = step + 1 < timesteps.length ? timesteps[step + 1] : 0;
    int s = (int) Math.floor((1 - gamma) * next);

    // 2. ᾱ of the three
    float alpha = schedule.alphaCumprod(timesteps[step]);
    float alphaNext = schedule.alphaCumprod(next);
    float alphaS = schedule.alphaCumprod(s);

    // 3. x_0 and ε as the model predicts them, and x_s
    int size = sample.length;
    float[] original = new float[size];
    float[] epsilon = new float[size];
    Prediction.image(config.predictionType, sqrt(alpha), sqrt(1 - alpha), modelOutput, sample, original);
    Prediction.noise(config.predictionType, sqrt(alpha), sqrt(1 - alpha), modelOutput, sample, epsilon);
    if (jumped.length != size) {
      jumped = new float[size];
    }
    float rootS = sqrt(alphaS);
    float rootBetaS = sqrt(1 - alphaS);
    for (int i = 0; i < size; i++) {
      jumped[i] = rootS * original[i] + rootBetaS * epsilon[i];
    }
    if (noise == null) {
      return jumped.clone();
    }

    // 4. noised from s to the next timestep: x = √(ᾱ_n/ᾱ_s)·x_s + √(1 − ᾱ_n/ᾱ_s)·z
    float keep = sqrt(alphaNext / alphaS);
    float add = sqrt(1 - alphaNext / alphaS);
    float[] result = original;
    for (int i = 0; i < size; i++) {
      result[i] = keep * jumped[i] + add * noise[i];
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
    return jumped;
  }
}
