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
final class TcdScheduler implements Scheduler, SchedulerInspection.Predicting {
  private final DistilledGrid grid;
  private final float gamma;
  private float[] jumped = new float[0];

  TcdScheduler(SchedulerConfig config, SchedulerRequest request) {
    grid = new DistilledGrid(config, request);
    gamma = (float) request.eta();
  }

  @Override
  public double[] timesteps() {
    return grid.timesteps();
  }

  @Override
  public boolean needsNoise(int step) {
    return gamma > 0 && !grid.isLast(step);
  }

  @Override
  public float[] step(float[] modelOutput, int step, float[] sample, float @Nullable [] noise) {
    grid.check(modelOutput, step, sample, noise, needsNoise(step));
    // 1. the next timestep, and s before it
    int next = grid.isLast(step) ? 0 : grid.timestep(step + 1);
    float alphaS = grid.alphaBar((int) Math.floor((1 - gamma) * next));

    // 2. x_0 and ε as the model predicts them, and x_s
    float[] original = grid.image(modelOutput, step, sample);
    float[] epsilon = grid.noise(modelOutput, step, sample);
    float rootS = sqrt(alphaS);
    float rootBetaS = sqrt(1 - alphaS);
    jumped = original;
    for (int i = 0; i < jumped.length; i++) {
      jumped[i] = rootS * original[i] + rootBetaS * epsilon[i];
    }

    // 3. noised from s to the next timestep: x = √(ᾱ_n/ᾱ_s)·x_s + √(1 − ᾱ_n/ᾱ_s)·z
    return DistilledGrid.noised(jumped, grid.alphaBar(next) / alphaS, noise);
  }

  @Override
  public float[] addNoise(float[] image, float[] noise, int step) {
    return grid.addNoise(image, noise, step);
  }

  @Override
  public float[] predicted() {
    return jumped;
  }
}
