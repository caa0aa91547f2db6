package io.gill.diffusion.scheduler;

import static io.gill.diffusion.scheduler.NoiseSchedule.sqrt;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * DPM-Solver++ (Lu et al. 2022, arXiv 2211.01095), the multistep solver of algorithm 2 for orders 1 to 3.
 *
 * <p>It integrates the prediction of the image exactly where that is linear, in the time λ. Names here and in the
 * paper:
 * <ul>
 *   <li>{@code alpha(s)}, {@code sigma(s)}, {@code lambda(s)}: α_s, σ_s, λ_s = log(α_s/σ_s) of a variance-preserving
 *       process; {@code sigmas} holds σ_s/α_s
 *   <li>indices t, s0, s1, s2: where the step ends, where it begins, and the two steps before
 *   <li>{@code history[k]}: x_θ at s_k, the predicted image
 *   <li>{@code h}: h = λ_t − λ_s0; {@code r0}, {@code r1}: widths of the earlier steps relative to h
 *   <li>D0, D1, D2: x_θ and its first and second differences
 * </ul>
 */
final class DpmSolverScheduler implements Scheduler {
  /** How far a timestep found by way of single-precision logarithms may be from the whole number it stands for. */
  private static final double ROUNDING = 1e-4;

  /** Runs shorter than this end with lower orders. */
  private static final int FEW_STEPS = 15;

  private final SchedulerConfig config;
  private final int[] timesteps;
  private final float[] sigmas;
  private final Arguments arguments;
  private final @Nullable DynamicThreshold threshold;

  private float[][] history = new float[0][];
  private int remembered;

  DpmSolverScheduler(SchedulerConfig config, int steps, int batchSize) {
    this.config = config;
    float[] table = NoiseSchedule.finite(config).sigmas();
    double[] levels;
    double[] times;
    if (config.useKarrasSigmas() || config.useLuLambdas()) {
      float[] logs = Sigmas.logs(table);
      int last = table.length - 1;
      levels = config.useKarrasSigmas()
          ? Sigmas.karras(table[last], table[0], steps)
          : Sigmas.uniformLogSnr(logs[last], logs[0], steps);
      times = Sigmas.timesteps(levels, logs);
      boolean cosine = config.betaSchedule() == SchedulerConfig.BetaSchedule.SQUAREDCOS_CAP_V2;
      for (int i = 0; i < times.length; i++) {
        times[i] = cosine ? Math.floor(times[i] + ROUNDING) : Math.rint(times[i]);
      }
    } else {
      times = spaced(config, steps);
      levels = new double[times.length];
      for (int i = 0; i < levels.length; i++) {
        levels[i] = Sigmas.interpolate(table, times[i]);
      }
    }
    this.timesteps = Spacing.whole(config, steps, times);
    this.sigmas = Sigmas.endingAt(config.finalSigmasType(), levels, table);
    for (int i = 1; i < timesteps.length; i++) {
      if (!(sigmas[i] < sigmas[i - 1])) {
        throw new IllegalArgumentException(
            steps + " steps are too many for DPM-Solver++ here: steps " + (i - 1) + " and " + i
                + " fall on the same timestep " + timesteps[i] + "; use fewer");
      }
    }
    this.arguments = new Arguments(timesteps.length, batchSize);
    this.threshold = config.thresholding() ? new DynamicThreshold(config, batchSize) : null;
  }

  /** As many steps over the timesteps whose λ is not clipped; the end of the last one is not among them. */
  private static double[] spaced(SchedulerConfig config, int steps) {
    NoiseSchedule schedule = NoiseSchedule.finite(config);
    int end = schedule.size();
    while (end > 1 && lambda(schedule.alphaCumprod(end - 1)) < (float) config.lambdaMinClipped()) {
      end--;
    }
    return switch (config.timestepSpacingOr(SchedulerConfig.TimestepSpacing.LINSPACE)) {
      case LINSPACE -> Arrays.copyOf(
          Spacing.reversed(Spacing.rounded(Spacing.linspace(0, end - 1, steps + 1))), steps);
      case LEADING -> Spacing.leading(steps, 1, end / (steps + 1), config.stepsOffset());
      case TRAILING -> Spacing.trailing(end, config.numTrainTimesteps() / (double) steps);
    };
  }

  private static float lambda(float alphaCumprod) {
    return log(sqrt(alphaCumprod)) - log(sqrt(1 - alphaCumprod));
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
  public boolean needsNoise() {
    return false;
  }

  @Override
  public float[] scaleModelInput(float[] sample, int step) {
    arguments.checkIndex(step);
    return sample;
  }

  @Override
  public float[] step(float[] modelOutput, int step, float[] sample, float @Nullable [] noise) {
    arguments.check(modelOutput, step, sample, noise, false);
    if (remembered == 0) {
      history = new float[config.solverOrder()][sample.length];
    }
    rememberImage(modelOutput, step, sample);

    boolean few = timesteps.length < FEW_STEPS && config.lowerOrderFinal();
    boolean last = step == timesteps.length - 1
        && (config.eulerAtFinal() || few || config.finalSigmasType() == SchedulerConfig.FinalSigmas.ZERO);
    boolean lastButOne = step == timesteps.length - 2 && few;
    // Karras' and Lu's levels end where SIGMA_MIN does: that step has no width, and higher orders would divide by it.
    last |= lambda(step + 1, step) == 0;
    int order = last ? 1 : Math.min(remembered, lastButOne ? 2 : config.solverOrder());
    float[] result = new float[sample.length];
    switch (order) {
      case 1 -> first(step, sample, result);
      case 2 -> second(step, sample, result);
      default -> third(step, sample, result);
    }
    return result;
  }

  /** x_θ = (x − σ·ε_θ)/α, or what stands for it, as the newest of the history. */
  private void rememberImage(float[] output, int step, float[] sample) {
    float[] image = history[history.length - 1];
    System.arraycopy(history, 0, history, 1, history.length - 1);
    history[0] = image;
    remembered = Math.min(history.length, remembered + 1);
    float alpha = alpha(step);
    float sigma = sigma(step);
    switch (config.predictionType()) {
      case EPSILON -> {
        for (int i = 0; i < image.length; i++) {
          image[i] = (sample[i] - sigma * output[i]) / alpha;
        }
      }
      case SAMPLE -> System.arraycopy(output, 0, image, 0, image.length);
      case V_PREDICTION -> {
        for (int i = 0; i < image.length; i++) {
          image[i] = alpha * sample[i] - sigma * output[i];
        }
      }
    }
    if (threshold != null) {
      threshold.apply(image);
    }
  }

  /** x_t = σ_t/σ_s0·x − α_t·(e^(−h) − 1)·D0: DDIM. */
  private void first(int step, float[] sample, float[] result) {
    float h = lambda(step + 1, step);
    float keep = sigma(step + 1) / sigma(step);
    float gain = alpha(step + 1) * (exp(-h) - 1);
    float[] m0 = history[0];
    for (int i = 0; i < result.length; i++) {
      result[i] = keep * sample[i] - gain * m0[i];
    }
  }

  /** Algorithm 2: D1 = (x_θ(s0) − x_θ(s1))/r0 is added at half weight, or by Heun's rule. */
  private void second(int step, float[] sample, float[] result) {
    float h = lambda(step + 1, step);
    float inverseR0 = 1 / (lambda(step, step - 1) / h);
    float keep = sigma(step + 1) / sigma(step);
    float alpha = alpha(step + 1);
    float gain = alpha * (exp(-h) - 1);
    float slope = config.solverType() == SchedulerConfig.SolverType.MIDPOINT
        ? -0.5f * gain
        : alpha * ((exp(-h) - 1) / h + 1);
    float[] m0 = history[0];
    float[] m1 = history[1];
    for (int i = 0; i < result.length; i++) {
      float d1 = inverseR0 * (m0[i] - m1[i]);
      result[i] = keep * sample[i] - gain * m0[i] + slope * d1;
    }
  }

  /** The third-order multistep update of the authors' implementation (derived as in arXiv 2206.00927, appendix B). */
  private void third(int step, float[] sample, float[] result) {
    float h = lambda(step + 1, step);
    float r0 = lambda(step, step - 1) / h;
    float r1 = lambda(step - 1, step - 2) / h;
    float inverseR0 = 1 / r0;
    float inverseR1 = 1 / r1;
    float share = r0 / (r0 + r1);
    float inverseSum = 1 / (r0 + r1);
    float keep = sigma(step + 1) / sigma(step);
    float alpha = alpha(step + 1);
    float gain = alpha * (exp(-h) - 1);
    float slope = alpha * ((exp(-h) - 1) / h + 1);
    float bend = alpha * ((exp(-h) - 1 + h) / (h * h) - 0.5f);
    float[] m0 = history[0];
    float[] m1 = history[1];
    float[] m2 = history[2];
    for (int i = 0; i < result.length; i++) {
      float near = inverseR0 * (m0[i] - m1[i]);
      float far = inverseR1 * (m1[i] - m2[i]);
      float d1 = near + share * (near - far);
      float d2 = inverseSum * (near - far);
      result[i] = keep * sample[i] - gain * m0[i] + slope * d1 - bend * d2;
    }
  }

  /** λ at the end of one step less λ at the end of another. */
  private float lambda(int to, int from) {
    return (log(alpha(to)) - log(sigma(to))) - (log(alpha(from)) - log(sigma(from)));
  }

  private float alpha(int index) {
    return 1 / sqrt(sigmas[index] * sigmas[index] + 1);
  }

  private float sigma(int index) {
    return sigmas[index] * alpha(index);
  }

  private static float exp(float value) {
    return (float) Math.exp(value);
  }

  private static float log(float value) {
    return (float) Math.log(value);
  }

  @Override
  public float[] addNoise(float[] original, float[] noise, int step) {
    arguments.checkIndex(step);
    arguments.checkSizes(noise, original);
    float alpha = alpha(step);
    float sigma = sigma(step);
    float[] noisy = new float[original.length];
    for (int i = 0; i < noisy.length; i++) {
      noisy[i] = alpha * original[i] + sigma * noise[i];
    }
    return noisy;
  }
}
