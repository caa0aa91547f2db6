package io.gill.diffusion.scheduler;

import java.util.List;

/**
 * The forward process: the remaining share of an image at each training timestep (Ho et al. 2020, arXiv 2006.11239).
 *
 * <p>β_t is the variance added at t, α_t = 1 − β_t, ᾱ_t = α_0 ⋯ α_t; a sample at t is x_t = √ᾱ_t·x_0 + √(1 − ᾱ_t)·ε.
 * Immutable.
 */
public final class NoiseSchedule {
  /** The smallest half-precision number, which replaces ᾱ = 0 of the last timestep, where σ would be infinite. */
  private static final float NEARLY_ZERO = 0x1p-24f;

  /** σ there: the root lies nearly half-way between two floats, and the reference's vector square root rounds up. */
  private static final float NEARLY_INFINITE = 0x1p12f;

  private final float[] alphasCumprod;

  private NoiseSchedule(float[] alphasCumprod) {
    this.alphasCumprod = alphasCumprod;
  }

  /**
   * Creates the schedule that a model was trained with.
   *
   * @param config its scheduler configuration
   * @return the schedule, with zero terminal SNR if the configuration asks for it
   */
  public static NoiseSchedule of(SchedulerConfig config) {
    return new NoiseSchedule(cumulate(config.rescaleBetasZeroSnr ? zeroTerminalSnr(betas(config)) : betas(config)));
  }

  /** Creates the schedule without {@code rescale_betas_zero_snr}, which PNDM does not have. */
  static NoiseSchedule unscaled(SchedulerConfig config) {
    return new NoiseSchedule(cumulate(betas(config)));
  }

  /** Creates the schedule for schedulers that compute in σ: ᾱ is never 0. */
  static NoiseSchedule finite(SchedulerConfig config) {
    NoiseSchedule schedule = of(config);
    if (config.rescaleBetasZeroSnr) {
      schedule.alphasCumprod[schedule.alphasCumprod.length - 1] = NEARLY_ZERO;
    }
    return schedule;
  }

  /**
   * Returns the number of training timesteps.
   *
   * @return from 2
   */
  public int size() {
    return alphasCumprod.length;
  }

  /**
   * Returns ᾱ_t.
   *
   * @param timestep timestep, from 0
   * @return the share of the image in the variance, in [0, 1]
   */
  public float alphaCumprod(int timestep) {
    return alphasCumprod[timestep];
  }

  /** Refuses a first timestep without signal, from which a predicted ε cannot give an image. */
  void requireSignal(int timestep, SchedulerConfig config) {
    if (alphasCumprod[timestep] == 0 && config.predictionType == SchedulerConfig.PredictionType.EPSILON) {
      throw config.error("rescale_betas_zero_snr", true, "a run that begins at timestep " + timestep
          + " has no signal there, which needs prediction_type v_prediction or sample; choose Euler or DPM-Solver, or "
          + "leading spacing");
    }
  }

  /**
   * Returns ᾱ of every timestep.
   *
   * @return a new array
   */
  public float[] alphasCumprod() {
    return alphasCumprod.clone();
  }

  /**
   * Noises samples: x_t = √ᾱ_t·x_0 + √(1 − ᾱ_t)·ε.
   *
   * @param samples x_0, one sample per timestep, one after another
   * @param noise ε, standard Gaussian, as many values
   * @param timesteps t of each sample
   * @return x_t, a new array
   * @throws IllegalArgumentException if sizes do not fit or a timestep is outside the schedule
   */
  public float[] addNoise(float[] samples, float[] noise, int... timesteps) {
    int size = sampleSize(samples, noise, timesteps);
    float[] noisy = new float[samples.length];
    for (int i = 0; i < samples.length; i++) {
      float alpha = alphasCumprod[timesteps[i / size]];
      noisy[i] = sqrt(alpha) * samples[i] + sqrt(1 - alpha) * noise[i];
    }
    return noisy;
  }

  /**
   * The velocity a v-prediction model learns: v = √ᾱ_t·ε − √(1 − ᾱ_t)·x_0 (Salimans and Ho 2022, arXiv 2202.00512).
   *
   * @param samples x_0, one sample per timestep, one after another
   * @param noise ε, as many values
   * @param timesteps t of each sample
   * @return v, a new array
   * @throws IllegalArgumentException if sizes do not fit or a timestep is outside the schedule
   */
  public float[] velocity(float[] samples, float[] noise, int... timesteps) {
    int size = sampleSize(samples, noise, timesteps);
    float[] velocity = new float[samples.length];
    for (int i = 0; i < samples.length; i++) {
      float alpha = alphasCumprod[timesteps[i / size]];
      velocity[i] = sqrt(alpha) * noise[i] - sqrt(1 - alpha) * samples[i];
    }
    return velocity;
  }

  /** σ_t = √((1 − ᾱ_t)/ᾱ_t) of every timestep. */
  float[] sigmas() {
    float[] sigmas = new float[alphasCumprod.length];
    for (int t = 0; t < sigmas.length; t++) {
      float alpha = alphasCumprod[t];
      sigmas[t] = alpha == NEARLY_ZERO ? NEARLY_INFINITE : sqrt((1 - alpha) / alpha);
    }
    return sigmas;
  }

  static float sqrt(float value) {
    return (float) Math.sqrt(value);
  }

  private int sampleSize(float[] samples, float[] noise, int[] timesteps) {
    if (samples.length != noise.length || timesteps.length == 0 || samples.length % timesteps.length != 0) {
      throw new IllegalArgumentException(
          samples.length + " sample values, " + noise.length + " noise values and " + timesteps.length
              + " timesteps do not fit together");
    }
    for (int timestep : timesteps) {
      if (timestep < 0 || timestep >= alphasCumprod.length) {
        throw new IllegalArgumentException(
            "timestep " + timestep + " is outside the schedule: use 0 to " + (alphasCumprod.length - 1));
      }
    }
    return samples.length / timesteps.length;
  }

  private static float[] betas(SchedulerConfig config) {
    int count = config.numTrainTimesteps;
    List<Double> trained = config.trainedBetas;
    float[] betas = new float[count];
    if (!trained.isEmpty()) {
      for (int t = 0; t < count; t++) {
        betas[t] = (float) (double) trained.get(t);
      }
      return betas;
    }
    switch (config.betaSchedule) {
      case LINEAR -> fillLinear(betas, (float) config.betaStart, (float) config.betaEnd);
      case SCALED_LINEAR -> {
        fillLinear(betas, (float) Math.sqrt(config.betaStart), (float) Math.sqrt(config.betaEnd));
        for (int t = 0; t < count; t++) {
          betas[t] *= betas[t];
        }
      }
      case SQUAREDCOS_CAP_V2 -> {
        for (int t = 0; t < count; t++) {
          double ratio = cosineAlphaBar((t + 1) / (double) count) / cosineAlphaBar(t / (double) count);
          betas[t] = (float) Math.min(1 - ratio, 0.999);
        }
      }
    }
    return betas;
  }

  /** ᾱ as a function of time in [0, 1] (Nichol and Dhariwal 2021, formula 17, arXiv 2102.09672). */
  private static double cosineAlphaBar(double time) {
    double cosine = Math.cos((time + 0.008) / 1.008 * Math.PI / 2);
    return cosine * cosine;
  }

  /** Evenly spaced values, each half counted from its own end, as {@code torch.linspace} does with fused rounding. */
  private static void fillLinear(float[] values, float start, float end) {
    int count = values.length;
    float step = count == 1 ? 0 : (end - start) / (count - 1);
    for (int i = 0; i < count; i++) {
      values[i] = i < count / 2 || count == 1 ? Math.fma(step, i, start) : Math.fma(-step, count - 1 - i, end);
    }
  }

  /** Returns ᾱ: α in single precision, products in double precision and rounded per timestep, as in the reference. */
  private static float[] cumulate(float[] betas) {
    float[] products = new float[betas.length];
    double product = 1;
    for (int t = 0; t < betas.length; t++) {
      product *= 1 - betas[t];
      products[t] = (float) product;
    }
    return products;
  }

  /** Shifts and scales √ᾱ to 0 at the last timestep (Lin et al. 2024, algorithm 1, arXiv 2305.08891). */
  private static float[] zeroTerminalSnr(float[] betas) {
    float[] bar = cumulate(betas);
    for (int t = 0; t < bar.length; t++) {
      bar[t] = sqrt(bar[t]);
    }
    float first = bar[0];
    float last = bar[bar.length - 1];
    float scale = first / (first - last);
    float previous = 1;
    float[] rescaled = new float[betas.length];
    for (int t = 0; t < bar.length; t++) {
      float root = (bar[t] - last) * scale;
      float alphaBar = root * root;
      rescaled[t] = 1 - (t == 0 ? alphaBar : alphaBar / previous);
      previous = alphaBar;
    }
    return rescaled;
  }
}
