package io.gill.diffusion.scheduler;

import org.jspecify.annotations.Nullable;

/**
 * The unified predictor-corrector UniPC (Zhao et al. 2023, algorithms 1 and 2, arXiv 2302.04867), orders 1 to 3.
 *
 * <p>Each step first corrects its sample with the model's output there (UniC), then predicts the next one (UniP). Names
 * here and in the paper:
 * <ul>
 *   <li>indices t, s0, s1, s2: end and beginning of an update, and the two steps before
 *   <li>{@code history[k]}: the model's output at s_k, as image x_θ or as noise ε_θ
 *   <li>{@code h}: λ_t − λ_s0, and {@code signed}: −h if images are integrated, h otherwise
 *   <li>{@code r[k]}, D_k: r_k = (λ_sk − λ_s0)/h and (x_θ(s_k) − x_θ(s_0))/r_k
 *   <li>{@code b}, {@code rho}: B(h), and the ρ that solve R·ρ = b of theorem 3.1
 * </ul>
 */
final class UniPcScheduler implements Scheduler {
  private final SchedulerConfig config;
  private final NoiseLevels levels;
  private final Arguments arguments;
  private final ImageLimit limit;

  private float[][] history = new float[0][];
  private float[] output = new float[0];
  private float @Nullable [] begin;
  private int order;
  private int taken;

  UniPcScheduler(SchedulerConfig config, int steps, int batchSize) {
    this.config = config;
    if (!config.predictX0 && config.finalSigmasType == SchedulerConfig.FinalSigmas.ZERO) {
      throw config.error("predict_x0", false, "final_sigmas_type is zero, at which the predicted noise is undefined;"
          + " use sigma_min");
    }
    this.levels = NoiseLevels.ofUniPc(config, steps);
    this.arguments = new Arguments(levels.count(), batchSize);
    this.limit = new ImageLimit(config, false, batchSize);
  }

  @Override
  public double[] timesteps() {
    return levels.timesteps();
  }

  @Override
  public float[] step(float[] modelOutput, int step, float[] sample, float @Nullable [] noise) {
    arguments.check(modelOutput, step, sample, noise, false);
    if (history.length == 0) {
      history = new float[config.solverOrder][sample.length];
      output = new float[sample.length];
    }
    convert(modelOutput, step, sample);

    // 1. UniC: repeat the last update with the model's output at its end
    float[] corrected = begin != null && !config.disableCorrector.contains(step - 1)
        ? update(begin, step - 1, order, output)
        : sample.clone();

    // 2. UniP, of lower order at the beginning and at the end
    remember();
    int left = levels.count() - step;
    order = Math.min(taken, config.lowerOrderFinal ? Math.min(config.solverOrder, left) : config.solverOrder);
    if (levels.sigma(step + 1) == 0) { // λ is infinite there, and higher orders have no differences
      order = 1;
    }
    begin = corrected;
    return update(corrected, step, order, null);
  }

  private void convert(float[] modelOutput, int step, float[] sample) {
    float alpha = levels.alpha(step);
    float sigma = levels.sigma(step);
    if (config.predictX0) {
      Prediction.image(config.predictionType, alpha, sigma, modelOutput, sample, output);
      limit.apply(output);
    } else {
      Prediction.noise(config.predictionType, alpha, sigma, modelOutput, sample, output);
    }
  }

  private void remember() {
    float[] oldest = history[history.length - 1];
    System.arraycopy(history, 0, history, 1, history.length - 1);
    history[0] = output;
    output = oldest;
    taken = Math.min(history.length, taken + 1);
  }

  /**
   * From x at s0 to t: x_t = σ_t/σ_s0·x − α_t·(e^(−h) − 1)·x_θ(s0) − α_t·B(h)·Σ ρ_k·D_k, formula (3) for images, and
   * formula (7), with α and σ exchanged, for noise.
   *
   * @param atEnd the model's output at t, a further difference of the corrector; null for the predictor
   */
  private float[] update(float[] x, int s0, int p, float @Nullable [] atEnd) {
    int t = s0 + 1;
    float h = levels.lambda(t, s0);
    if (h == 0) { // levels of Karras and others end at SIGMA_MIN: the last step then has width 0
      return x.clone();
    }
    float signed = config.predictX0 ? -h : h;
    float phi = expm1(signed);
    float b = config.solverType == SchedulerConfig.SolverType.BH1 ? signed : phi;
    float[] r = new float[p];
    for (int k = 1; k < p; k++) {
      r[k - 1] = levels.lambda(s0 - k, s0) / h;
    }
    r[p - 1] = 1;
    float[] rho = atEnd != null ? corrector(r, signed, phi, b) : predictor(r, signed, phi, b);

    float keep = config.predictX0 ? levels.sigma(t) / levels.sigma(s0) : levels.alpha(t) / levels.alpha(s0);
    float scale = config.predictX0 ? levels.alpha(t) : levels.sigma(t);
    float gain = scale * phi;
    float bend = scale * b;
    float[] m0 = history[0];
    float[] result = new float[x.length];
    for (int i = 0; i < result.length; i++) {
      float differences = 0;
      for (int k = 1; k < p; k++) {
        differences += rho[k - 1] * ((history[k][i] - m0[i]) / r[k - 1]);
      }
      if (atEnd != null) {
        differences += rho[p - 1] * (atEnd[i] - m0[i]);
      }
      result[i] = keep * x[i] - gain * m0[i];
      if (p > 1 || atEnd != null) {
        result[i] -= bend * differences;
      }
    }
    return result;
  }

  /** Returns ρ of UniP: ½ for order 2, else the solution of the system without the row and column of t. */
  private static float[] predictor(float[] r, float signed, float phi, float b) {
    int p = r.length;
    return switch (p) {
      case 1 -> new float[0];
      case 2 -> new float[] {0.5f};
      default -> solve(r, signed, phi, b, p - 1);
    };
  }

  /** Returns ρ of UniC: ½ for order 1. */
  private static float[] corrector(float[] r, float signed, float phi, float b) {
    return r.length == 1 ? new float[] {0.5f} : solve(r, signed, phi, b, r.length);
  }

  /** R·ρ = b with R_ik = r_k^i and b_i = i!·h·φ_(i+1)(h)/B(h), by elimination with pivots. */
  private static float[] solve(float[] r, float signed, float phi, float b, int size) {
    float[][] rows = new float[size][size + 1];
    float phiK = phi / signed - 1;
    int factorial = 1;
    for (int i = 0; i < size; i++) {
      for (int k = 0; k < size; k++) {
        rows[i][k] = (float) Math.pow(r[k], i);
      }
      rows[i][size] = phiK * factorial / b;
      factorial *= i + 2;
      phiK = phiK / signed - (float) (1.0 / factorial);
    }
    for (int column = 0; column < size; column++) {
      int pivot = column;
      for (int row = column + 1; row < size; row++) {
        pivot = Math.abs(rows[row][column]) > Math.abs(rows[pivot][column]) ? row : pivot;
      }
      float[] swapped = rows[pivot];
      rows[pivot] = rows[column];
      rows[column] = swapped;
      for (int row = column + 1; row < size; row++) {
        float factor = rows[row][column] / swapped[column];
        for (int k = column; k <= size; k++) {
          rows[row][k] -= factor * swapped[k];
        }
      }
    }
    float[] solution = new float[size];
    for (int row = size - 1; row >= 0; row--) {
      float sum = rows[row][size];
      for (int k = row + 1; k < size; k++) {
        sum -= rows[row][k] * solution[k];
      }
      solution[row] = sum / rows[row][row];
    }
    return solution;
  }

  private static float expm1(float value) {
    return (float) Math.expm1(value);
  }

  @Override
  public float[] addNoise(float[] original, float[] noise, int step) {
    arguments.checkIndex(step);
    arguments.checkSizes(noise, original);
    return levels.noised(original, noise, step);
  }
}
