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
final class LcmScheduler implements Scheduler, SchedulerInspection.Predicting {
  private static final float DATA_VARIANCE = 0.25f;

  private final DistilledGrid grid;
  private final float timestepScaling;
  private final ImageLimit limit;
  private float[] denoised = new float[0];

  LcmScheduler(SchedulerConfig config, SchedulerRequest request) {
    grid = new DistilledGrid(config, request);
    timestepScaling = (float) config.timestepScaling;
    limit = new ImageLimit(config, config.clipSampleOr(false), request.batchSize());
  }

  @Override
  public double[] timesteps() {
    return grid.timesteps();
  }

  @Override
  public boolean needsNoise(int step) {
    return !grid.isLast(step);
  }

  @Override
  public float[] step(float[] modelOutput, int step, float[] sample, float @Nullable [] noise) {
    grid.check(modelOutput, step, sample, noise, needsNoise(step));
    // 1. c_skip and c_out of the boundary condition, formula (8)
    float scaled = grid.timestep(step) * timestepScaling;
    float skip = DATA_VARIANCE / (scaled * scaled + DATA_VARIANCE);
    float out = scaled / sqrt(scaled * scaled + DATA_VARIANCE);

    // 2. the predicted x_0 of formula (9), clipped or thresholded
    float[] original = grid.image(modelOutput, step, sample);
    limit.apply(original);

    // 3. f_θ(x_t, t)
    denoised = original;
    for (int i = 0; i < denoised.length; i++) {
      denoised[i] = out * original[i] + skip * sample[i];
    }

    // 4. noised again to the next timestep: x = √ᾱ_n·f_θ + √(1 − ᾱ_n)·z
    return DistilledGrid.noised(denoised, noise == null ? 1 : grid.alphaBar(grid.timestep(step + 1)), noise);
  }

  @Override
  public float[] addNoise(float[] image, float[] noise, int step) {
    return grid.addNoise(image, noise, step);
  }

  @Override
  public float[] predicted() {
    return denoised;
  }
}
