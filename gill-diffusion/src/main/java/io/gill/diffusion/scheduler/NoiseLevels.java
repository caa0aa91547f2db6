package io.gill.diffusion.scheduler;

import static io.gill.diffusion.scheduler.NoiseSchedule.sqrt;

import java.util.Arrays;

/**
 * The steps of a solver that computes in λ = log(α/σ) of a variance-preserving process. Each level is the beginning of
 * a step; the last one is the end of the run.
 */
final class NoiseLevels {
  /** Tolerance of timesteps from single-precision logarithms before rounding down. */
  private static final double ROUNDING = 1e-4;

  private final int[] timesteps;
  private final float[] sigmas;

  private NoiseLevels(int[] timesteps, float[] sigmas) {
    this.timesteps = timesteps;
    this.sigmas = sigmas;
  }

  /** Creates DPM-Solver's steps, over the timesteps whose λ is not clipped. */
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

  /** Creates UniPC's steps, without Lu's spacing and clipped λ. The run ends at the smallest level of its spacing. */
  static NoiseLevels ofUniPc(SchedulerConfig config, int steps) {
    NoiseSchedule schedule = NoiseSchedule.finite(config);
    float[] table = schedule.sigmas();
    double[] levels =
        config.sigmaSpacing == SchedulerConfig.SigmaSpacing.LU ? new double[0] : spread(config, table, steps);
    float smallest = levels.length == 0 ? table[0] : (float) levels[levels.length - 1];
    return of(config, steps, schedule.size(), table, levels, false, smallest);
  }

  /** Returns the levels of a spacing of σ; none if they follow the timesteps. */
  private static double[] spread(SchedulerConfig config, float[] table, int steps) {
    int last = table.length - 1;
    if (config.sigmaSpacing == SchedulerConfig.SigmaSpacing.LU) {
      float[] logs = Sigmas.logs(table);
      return Sigmas.uniformLogSnr(logs[last], logs[0], steps);
    }
    return Sigmas.spread(config.sigmaSpacing, table[last], table[0], steps);
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
        throw new IllegalArgumentException(steps + " steps are too many for this scheduler: steps " + (i - 1)
            + " and " + i + " have the same timestep " + timesteps[i] + "; use fewer");
      }
    }
    return new NoiseLevels(timesteps, sigmas);
  }

  private static float lambda(float alphaCumprod) {
    return log(sqrt(alphaCumprod)) - log(sqrt(1 - alphaCumprod));
  }

  /** Returns the number of steps. */
  int count() {
    return timesteps.length;
  }

  double[] timesteps() {
    return Spacing.widened(timesteps);
  }

  /** Returns α at the beginning of a step. */
  float alpha(int index) {
    return 1 / sqrt(sigmas[index] * sigmas[index] + 1);
  }

  /** Returns σ at the beginning of a step. */
  float sigma(int index) {
    return sigmas[index] * alpha(index);
  }

  /** Returns the difference of λ between the beginnings of two steps. */
  float lambda(int to, int from) {
    return (log(alpha(to)) - log(sigma(to))) - (log(alpha(from)) - log(sigma(from)));
  }

  /** Returns x_t = α_t·x_0 + σ_t·ε at the beginning of a step. */
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
