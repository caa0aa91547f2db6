package io.gill.diffusion.scheduler;

/** Noise levels σ = √((1 − ᾱ)/ᾱ) for the schedulers that compute in them. */
final class Sigmas {
  private Sigmas() {}

  /** Returns the training table's value at a timestep: linear between entries, constant beyond the ends. */
  static double interpolate(float[] table, double timestep) {
    int last = table.length - 1;
    if (timestep >= last) {
      return table[last];
    }
    int low = Math.max(0, (int) timestep);
    double slope = (double) table[low + 1] - table[low];
    return slope * (Math.max(0, timestep) - low) + table[low];
  }

  static double[] interpolate(float[] table, double[] timesteps) {
    double[] levels = new double[timesteps.length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = interpolate(table, timesteps[i]);
    }
    return levels;
  }

  /** Returns the levels of a spacing, descending; none if they follow the timesteps or λ. */
  static double[] spread(SchedulerConfig.SigmaSpacing spacing, double max, double min, int count) {
    return switch (spacing) {
      case KARRAS -> karras(max, min, count);
      case EXPONENTIAL -> uniformLogSnr(Math.log(max), Math.log(min), count);
      case BETA -> beta(max, min, count);
      case TIMESTEPS, LU -> new double[0]; // Lu's spacing is DPM-Solver's
    };
  }

  /** σ_i evenly spaced in σ^(1/ρ), ρ = 7 (Karras et al. 2022, formula 5, arXiv 2206.00364); descending. */
  private static double[] karras(double max, double min, int count) {
    double rho = 7;
    double maxRoot = Math.pow(max, 1 / rho);
    double minRoot = Math.pow(min, 1 / rho);
    double[] sigmas = Spacing.linspace(0, 1, count);
    for (int i = 0; i < count; i++) {
      sigmas[i] = Math.pow(maxRoot + sigmas[i] * (minRoot - maxRoot), rho);
    }
    return sigmas;
  }

  /** σ_i evenly spaced in log σ = −λ (Lu et al. 2022, section 3.4, arXiv 2206.00927); descending. */
  static double[] uniformLogSnr(double maxLog, double minLog, int count) {
    double[] sigmas = Spacing.linspace(0, 1, count);
    for (int i = 0; i < count; i++) {
      sigmas[i] = Math.exp(maxLog + sigmas[i] * (minLog - maxLog));
    }
    return sigmas;
  }

  /** σ_i at the quantiles of a beta distribution (Lee et al. 2024, arXiv 2407.12173), α = β = 0.6; descending. */
  private static double[] beta(double max, double min, int count) {
    double[] sigmas = Spacing.linspace(0, 1, count);
    for (int i = 0; i < count; i++) {
      sigmas[i] = min + BetaQuantile.symmetric(0.6, 1 - sigmas[i]) * (max - min);
    }
    return sigmas;
  }

  static float[] logs(float[] values) {
    float[] logs = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      logs[i] = (float) Math.log(values[i]);
    }
    return logs;
  }

  /** Returns the fractional timestep of {@code sigma}, by interpolating log σ: the inverse of the training table. */
  static double timestep(double sigma, float[] logSigmas) {
    double log = Math.log(Math.max(sigma, 1e-10));
    int low = logSigmas.length - 2;
    while (low > 0 && log < logSigmas[low]) {
      low--;
    }
    // The reference subtracts these in single precision.
    float width = logSigmas[low] - logSigmas[low + 1];
    double weight = Math.min(1, Math.max(0, (logSigmas[low] - log) / width));
    return (1 - weight) * low + weight * (low + 1);
  }

  static double[] timesteps(double[] sigmas, float[] logSigmas) {
    double[] timesteps = new double[sigmas.length];
    for (int i = 0; i < sigmas.length; i++) {
      timesteps[i] = timestep(sigmas[i], logSigmas);
    }
    return timesteps;
  }

  /** Returns the levels of a run in single precision, followed by its end. */
  static float[] endingAt(SchedulerConfig.FinalSigmas type, double[] sigmas, float[] table) {
    float[] all = new float[sigmas.length + 1];
    for (int i = 0; i < sigmas.length; i++) {
      all[i] = (float) sigmas[i];
    }
    all[sigmas.length] = type == SchedulerConfig.FinalSigmas.ZERO ? 0 : table[0];
    return all;
  }
}
