package io.gill.diffusion.scheduler;

import static io.gill.diffusion.scheduler.NoiseSchedule.sqrt;

import org.jspecify.annotations.Nullable;

/**
 * DPM-Solver++ (Lu et al. 2022, arXiv 2211.01095), the multistep solver of algorithm 2 for orders 1 to 3, and the first
 * DPM-Solver (Lu et al. 2022, arXiv 2206.00927), each for the ordinary and the stochastic equation (arXiv
 * 2211.01095, section 6).
 *
 * <p>DPM-Solver++ integrates the predicted image in the time λ, DPM-Solver the predicted noise. Names here and in the
 * papers:
 * <ul>
 *   <li>{@code alpha(s)}, {@code sigma(s)}, {@code lambda(s)} of {@link NoiseLevels}: α_s, σ_s, λ_s = log(α_s/σ_s)
 *   <li>indices t, s0, s1, s2: end and beginning of the step, and the two steps before
 *   <li>{@code history[k]}, m0, m1, m2: x_θ or ε_θ at s_k
 *   <li>{@code h}: h = λ_t − λ_s0; {@code r0}, {@code r1}: widths of the earlier steps relative to h
 *   <li>D0, D1, D2: the newest output and its first and second differences
 * </ul>
 */
final class DpmSolverScheduler implements Scheduler {
  /** Runs with fewer steps end with lower orders. */
  private static final int FEW_STEPS = 15;

  private final SchedulerConfig config;
  private final NoiseLevels levels;
  private final Arguments arguments;
  private final ImageLimit limit;

  private float[][] history = new float[0][];
  private int remembered;

  DpmSolverScheduler(SchedulerConfig config, int steps, int batchSize) {
    this.config = config;
    if (!config.algorithm.integratesImage && config.finalSigmasType == SchedulerConfig.FinalSigmas.ZERO) {
      throw config.error("final_sigmas_type", "zero",
          "algorithm_type " + config.algorithm.published + " cannot end without noise; use sigma_min");
    }
    if (config.algorithm == SchedulerConfig.Algorithm.SDE_DPMSOLVER && config.solverOrder == 3) {
      throw config.error("solver_order", 3, "algorithm_type sde-dpmsolver has orders 1 and 2");
    }
    this.levels = NoiseLevels.ofDpmSolver(config, steps);
    this.arguments = new Arguments(levels.count(), batchSize);
    this.limit = new ImageLimit(config, false, batchSize);
  }

  @Override
  public double[] timesteps() {
    return levels.timesteps();
  }

  @Override
  public boolean needsNoise(int step) {
    return config.algorithm.stochastic;
  }

  @Override
  public float[] step(float[] modelOutput, int step, float[] sample, float @Nullable [] noise) {
    arguments.check(modelOutput, step, sample, noise, config.algorithm.stochastic);
    if (remembered == 0) {
      history = new float[config.solverOrder][sample.length];
    }
    remember(modelOutput, step, sample);

    int count = levels.count();
    boolean few = count < FEW_STEPS && config.lowerOrderFinal;
    boolean last = step == count - 1
        && (config.eulerAtFinal || few || config.finalSigmasType == SchedulerConfig.FinalSigmas.ZERO);
    boolean lastButOne = step == count - 2 && few;
    // Karras' and Lu's levels end at SIGMA_MIN: the last step then has width 0, by which higher orders would divide.
    last |= levels.lambda(step + 1, step) == 0;
    int order = last ? 1 : Math.min(remembered, lastButOne ? 2 : config.solverOrder);
    return advance(sample, coefficients(step, order), differences(step, order), noise);
  }

  /** Adds x_θ, or ε_θ if noise is integrated, to the history. */
  private void remember(float[] output, int step, float[] sample) {
    float[] newest = history[history.length - 1];
    System.arraycopy(history, 0, history, 1, history.length - 1);
    history[0] = newest;
    remembered = Math.min(history.length, remembered + 1);
    float alpha = levels.alpha(step);
    float sigma = levels.sigma(step);
    if (config.algorithm.integratesImage) {
      Prediction.image(config.predictionType, alpha, sigma, output, sample, newest);
      limit.apply(newest);
    } else if (config.thresholding) {
      float[] image = new float[sample.length];
      float[] epsilon = new float[sample.length];
      Prediction.noise(config.predictionType, alpha, sigma, output, sample, epsilon);
      Prediction.image(SchedulerConfig.PredictionType.EPSILON, alpha, sigma, epsilon, sample, image);
      limit.apply(image);
      Prediction.noiseBeside(image, alpha, sigma, sample, newest);
    } else {
      Prediction.noise(config.predictionType, alpha, sigma, output, sample, newest);
    }
  }

  /**
   * Coefficients of an update: x_t = keep·x + d0·D0 + d1·D1 + d2·D2 + noise·z.
   *
   * @param keep coefficient of the sample
   * @param d0 coefficient of the newest output
   * @param d1 coefficient of its first difference
   * @param d2 coefficient of its second difference
   * @param noise coefficient of new noise
   */
  private record Coefficients(float keep, float d0, float d1, float d2, float noise) {}

  private Coefficients coefficients(int step, int order) {
    float h = levels.lambda(step + 1, step);
    float alpha = levels.alpha(step + 1);
    float sigma = levels.sigma(step + 1);
    boolean midpoint = order == 2 && config.solverType != SchedulerConfig.SolverType.HEUN;
    return switch (config.algorithm) {
      case DPMSOLVER_PLUS_PLUS -> {
        float gain = alpha * (exp(-h) - 1);
        yield new Coefficients(
            sigma / levels.sigma(step),
            -gain,
            midpoint ? -0.5f * gain : alpha * ((exp(-h) - 1) / h + 1),
            -(alpha * ((exp(-h) - 1 + h) / (h * h) - 0.5f)),
            0);
      }
      case DPMSOLVER -> {
        float gain = sigma * (exp(h) - 1);
        yield new Coefficients(
            alpha / levels.alpha(step),
            -gain,
            midpoint ? -0.5f * gain : -(sigma * ((exp(h) - 1) / h - 1)),
            -(sigma * ((exp(h) - 1 - h) / (h * h) - 0.5f)),
            0);
      }
      case SDE_DPMSOLVER_PLUS_PLUS -> {
        float gain = alpha * (1 - exp(-2 * h));
        yield new Coefficients(
            sigma / levels.sigma(step) * exp(-h),
            gain,
            midpoint ? 0.5f * gain : alpha * ((1 - exp(-2 * h)) / (-2 * h) + 1),
            alpha * ((1 - exp(-2 * h) - 2 * h) / (2 * h * (2 * h)) - 0.5f),
            sigma * sqrt(1 - exp(-2 * h)));
      }
      case SDE_DPMSOLVER -> {
        float gain = sigma * (exp(h) - 1);
        yield new Coefficients(
            alpha / levels.alpha(step),
            -2 * gain,
            midpoint ? -gain : -2 * (sigma * ((exp(h) - 1) / h - 1)),
            0,
            sigma * sqrt(exp(2 * h) - 1));
      }
    };
  }

  /** Returns D0 and the differences of the order: D1 = (m(s0) − m(s1))/r0; for order 3, s2 corrects both. */
  private float[][] differences(int step, int order) {
    float[] m0 = history[0];
    if (order == 1) {
      return new float[][] {m0};
    }
    float h = levels.lambda(step + 1, step);
    float r0 = levels.lambda(step, step - 1) / h;
    float[] m1 = history[1];
    float[] d1 = new float[m0.length];
    for (int i = 0; i < d1.length; i++) {
      d1[i] = 1 / r0 * (m0[i] - m1[i]);
    }
    if (order == 2) {
      return new float[][] {m0, d1};
    }
    float r1 = levels.lambda(step - 1, step - 2) / h;
    float share = r0 / (r0 + r1);
    float[] m2 = history[2];
    float[] d2 = new float[m0.length];
    for (int i = 0; i < d2.length; i++) {
      float change = d1[i] - 1 / r1 * (m1[i] - m2[i]);
      d1[i] += share * change;
      d2[i] = 1 / (r0 + r1) * change;
    }
    return new float[][] {m0, d1, d2};
  }

  private static float[] advance(float[] sample, Coefficients by, float[][] d, float @Nullable [] noise) {
    float[] result = new float[sample.length];
    for (int i = 0; i < result.length; i++) {
      float value = by.keep * sample[i] + by.d0 * d[0][i];
      if (d.length > 1) {
        value += by.d1 * d[1][i];
      }
      if (d.length > 2) {
        value += by.d2 * d[2][i];
      }
      if (noise != null) {
        value += by.noise * noise[i];
      }
      result[i] = value;
    }
    return result;
  }

  private static float exp(float value) {
    return (float) Math.exp(value);
  }

  @Override
  public float[] addNoise(float[] original, float[] noise, int step) {
    arguments.checkIndex(step);
    arguments.checkSizes(noise, original);
    return levels.noised(original, noise, step);
  }
}
