package io.gill.diffusion.scheduler;

import static io.gill.diffusion.scheduler.NoiseSchedule.sqrt;

import org.jspecify.annotations.Nullable;

/**
 * Multistep sampling of latent consistency models (Luo et al. 2023, algorithm 3, arXiv 2310.04378).
 *
 * <p>Names here and in the paper:
 * <ul>
 *   <li>{@code timesteps}: τ_i, taken from the grid that the model was distilled on
 *   <li>{@code original}: x_0 as the model predicts it, f of formula (9)
 *   <li>{@code skip}, {@code out}: c_skip(t) and c_out(t) of the boundary condition, σ_data = 0.5
 *   <li>{@code denoised}: f_θ(x_t, t) = c_skip·x_t + c_out·x_0
 * </ul>
 */
final class LcmScheduler implements Scheduler, Schedulers.Predicting {
  private static final float DATA_VARIANCE = 0.25f;

  private final SchedulerConfig config;
  private final NoiseSchedule schedule;
  private final int[] timesteps;
  private final Arguments arguments;
  private final ImageLimit limit;
  private float[] denoised = new float[0];

  LcmScheduler(SchedulerConfig config, SchedulerRequest request) {
    this.config = config;
    this.schedule = NoiseSchedule.of(config);
    this.timesteps = DistilledGrid.timesteps(config, request);
    this.arguments = new Arguments(timesteps.length, request.batchSize());
    this.limit = new ImageLimit(config, config.clipSampleOr(false), request.batchSize());
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
    return step < timesteps.length - 1;
  }

  @Override
  public float[] scaleModelInput(float[] sample, int step) {
    arguments.checkIndex(step);
    return sample;
  }

  @Override
  public float[] step(float[] modelOutput, int step, float[] sample, float @Nullable [] noise) {
    arguments.check(modelOutput, step, sample, noise, needsNoise(step));
    // 1. ᾱ of this timestep
    float alpha = schedule.alphaCumprod(timesteps[step]);

    // 2. c_skip and c_out of the boundary condition, formula (8)
    float scaled = timesteps[step] * (float) config.timestepScaling;
    float skip = DATA_VARIANCE / (scaled * scaled + DATA_VARIANCE);
    float out = scaled / sqrt(scaled * scaled + DATA_VARIANCE);

    // 3. the predicted x_0 of formula (9), clipped or thresholded
    int size = sample.length;
    float[] original = new float[size];
    Prediction.image(config.predictionType, sqrt(alpha), sqrt(1 - alpha), modelOutput, sample, original);
    limit.apply(original);

    // 4. f_θ(x_t, t)
    if (denoised.length != size) {
      denoised = new float[size];
    }
    for (int i = 0; i < size; i++) {
      denoised[i] = out * original[i] + skip * sample[i];
    }
    if (noise == null) {
      return denoised.clone();
    }

    // 5. noised again to the next timestep: x = √ᾱ_n·f_θ + √(1 − ᾱ_n)·z
    float alphaNext = schedule.alphaCumprod(timesteps[step + 1]);
    float keep = sqrt(alphaNext);
    float add = sqrt(1 - alphaNext);
    float[] result = original;
    for (int i = 0; i < size; i++) {
      result[i] = keep * denoised[i] + add * noise[i];
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
    return denoised;
  }
}
