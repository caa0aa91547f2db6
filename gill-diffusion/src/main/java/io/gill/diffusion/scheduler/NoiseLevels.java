package io.gill.diffusion.scheduler;

import static io.gill.diffusion.scheduler.NoiseSchedule.sqrt;

import java.util.Arrays;

/**
 * The steps of a solver that computes in λ = log(α/σ) of a variance-preserving process. The level at an index is where
 * that step begins; the last one is where the run ends.
 */
final class NoiseLevels {
  /** How far a timestep found by way of single-precision logarithms may be from the whole number it stands for. */
  private static final double ROUNDING = 1e-4;

  private final int[] timesteps;
  private final float[] sigmas;

  private NoiseLevels(int[] timesteps, float[] sigmas) {
    this.timesteps = timesteps;
    this.sigmas = sigmas;
  }

  /** DPM-Solver's steps, over the timesteps whose λ is not clipped. */
  static NoiseLevels ofDpmSolver(SchedulerConfig config, int steps) {
    NoiseSchedule schedule = NoiseSchedule.finite(config);
    int end = schedule.size();
    while (end > 1 && lambda(schedule.alphaCumprod(end - 1)) < (float) config.lambdaMinClipped) {
      end--;
    }
    boolean cosine = config.betaSchedule == SchedulerConfig.BetaSchedule.SQUAREDCOS_CAP_V2;
    float[] table = schedule.sigmas();
    return of(config, steps, end, table, spread(config, table, steps), cosine, table[0]);
  }

  /** UniPC's steps; it knows neither Lu's spacing nor a clipped λ, and ends where its spacing of σ does. */
  static NoiseLevels ofUniPc(SchedulerConfig config, int steps) {
    NoiseSchedule schedule = NoiseSchedule.finite(config);
    float[] table = schedule.sigmas();
    double[] levels =
        config.sigmaSpacing == SchedulerConfig.SigmaSpacing.LU ? new double[0] : spread(config, table, steps);
    float smallest = levels.length == 0 ? table[0] : (float) levels[levels.length - 1];
    return of(config, steps, schedule.size(), table, levels, false, smallest);
  }

  /** The levels that are spread by σ; none if they follow the timesteps. */
  private static double[] spread(SchedulerConfig config, float[] table, int steps) {
    float[] logs = Sigmas.logs(table);
    int last = table.length - 1;
    return switch (config.sigmaSpacing) {
      case TIMESTEPS -> new double[0];
      case KARRAS -> Sigmas.karras(table[last], table[0], steps);
      case EXPONENTIAL -> Sigmas.uniformLogSnr(Math.log(table[last]), Math.log(table[0]), steps);
      case BETA -> Sigmas.beta(table[last], table[0], steps);
      case LU -> Sigmas.uniformLogSnr(logs[last], logs[0], steps);
    };
  }

  private static NoiseLevels of(SchedulerConfig config, int steps, int end, float[] table, double[] spread,
      boolean roundDown, float smallest) {
    double[] levels = spread;
    double[] times;
    if (spread.length == 0) {
      times = switch (config.timestepSpacingOr(SchedulerConfig.TimestepSpacing.LINSPACE)) {
        case LINSPACE -> Arrays.copyOf(
            Spacing.reversed(Spacing.rounded(Spacing.linspace(0, end - 1, steps + 1))), steps);
        case LEADING -> Spacing.leading(steps, 1, end / (steps + 1), config.stepsOffset);
        case TRAILING -> Spacing.trailing(end, config.numTrainTimesteps / (double) steps);
      };
      levels = Sigmas.interpolate(table, times);
    } else {
      times = Sigmas.timesteps(spread, Sigmas.logs(table));
      boolean truncated = config.sigmaSpacing == SchedulerConfig.SigmaSpacing.EXPONENTIAL
          || config.sigmaSpacing == SchedulerConfig.SigmaSpacing.BETA; // as in the reference
      for (int i = 0; i < times.length && !truncated; i++) {
        times[i] = roundDown ? Math.floor(times[i] + ROUNDING) : Math.rint(times[i]);
      }
    }
    int[] timesteps = Spacing.whole(config, steps, times);
    float[] sigmas = Sigmas.endingAt(config.finalSigmasType, levels, new float[] {smallest});
    for (int i = 1; i < timesteps.length; i++) {
      if (!(sigmas[i] < sigmas[i - 1])) {
        throw new IllegalArgumentException(steps + " steps are too many for this scheduler here: steps " + (i - 1)
            + " and " + i + " fall on the same timestep " + timesteps[i] + "; use fewer");
      }
    }
    return new NoiseLevels(timesteps, sigmas);
  }

  private static float lambda(float alphaCumprod) {
    return log(sqrt(alphaCumprod)) - log(sqrt(1 - alphaCumprod));
  }

  /** Number of steps. */
  int count() {
    return timesteps.length;
  }

  double[] timesteps() {
    return Spacing.widened(timesteps);
  }

  /** α at the beginning of a step. */
  float alpha(int index) {
    return 1 / sqrt(sigmas[index] * sigmas[index] + 1);
  }

  /** σ at the beginning of a step. */
  float sigma(int index) {
    return sigmas[index] * alpha(index);
  }

  /** λ at the beginning of one step less λ at the beginning of another. */
  float lambda(int to, int from) {
    return (log(alpha(to)) - log(sigma(to))) - (log(alpha(from)) - log(sigma(from)));
  }

  /** x_t = α_t·x_0 + σ_t·ε at the beginning of a step. */
  float[] noised(float[] original, float[] noise, int step) {
    float alpha = alpha(step);
    float sigma = sigma(step);
    float[] noisy = new float[original.length];
    for (int i = 0; i < noisy.length; i++) {
      noisy[i] = alpha * original[i] + sigma * noise[i];
    }
    return noisy;
  }

  private static float log(float value) {
    return (float) Math.log(value);
  }
}
