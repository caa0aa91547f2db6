package io.gill.diffusion.scheduler;

import static io.gill.diffusion.scheduler.NoiseSchedule.sqrt;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Pseudo numerical methods for diffusion models (Liu et al. 2022, arXiv 2202.09778): F-PNDM, algorithm 2.
 *
 * <p>Three Runge-Kutta steps of four evaluations each fill the history, or, with {@code skip_prk_steps} as in Stable
 * Diffusion, one step that is taken twice. A linear multistep method with one evaluation per step follows. An instance
 * counts its steps, so a run that starts later warms up in the same way.
 *
 * <p>Names here and in the paper:
 * <ul>
 *   <li>{@code history[k]}: e_(t+kδ), the model's earlier outputs, newest first
 *   <li>{@code blended}: e'_t, the combination of outputs that a step uses
 *   <li>{@code alpha}, {@code alphaPrevious}: ᾱ_t and ᾱ_(t−δ)
 * </ul>
 */
final class PndmScheduler implements Scheduler {
  /** Name of this scheduler with Runge-Kutta steps, in messages. */
  private static final String WITH_RUNGE_KUTTA = "PNDM with skip_prk_steps false";

  private static final int ORDER = 4;
  private static final float SIXTH = (float) (1 / 6.0);
  private static final float THIRD = (float) (1 / 3.0);
  private static final float TWENTY_FOURTH = (float) (1 / 24.0);

  private final boolean velocity;
  private final NoiseSchedule schedule;
  private final int[] timesteps;
  private final int rungeKuttaSteps;
  private final int stride;
  private final float finalAlpha;
  private final Arguments arguments;

  private float[][] history = new float[0][];
  private int remembered;
  private float[] base = new float[0];
  private float[] blended = new float[0];
  private int counter;

  PndmScheduler(SchedulerConfig config, int steps, int batchSize) {
    if (config.predictionType == SchedulerConfig.PredictionType.SAMPLE) {
      throw config.error("prediction_type", "sample", "PNDM has epsilon and v_prediction; use DDIM");
    }
    this.velocity = config.predictionType == SchedulerConfig.PredictionType.V_PREDICTION;
    this.schedule = NoiseSchedule.unscaled(config);
    this.stride = config.numTrainTimesteps / steps;
    int[] once = Spacing.discrete(config, config.timestepSpacingOr(SchedulerConfig.TimestepSpacing.LEADING), steps);
    if (config.skipPrkSteps) {
      this.timesteps = secondTwice(once);
      this.rungeKuttaSteps = 0;
    } else {
      if (once.length < ORDER) {
        throw new IllegalArgumentException(
            WITH_RUNGE_KUTTA + " starts with Runge-Kutta steps: " + steps + " steps are too few, use "
                + ORDER + " or more");
      }
      int[] warmUp = rungeKutta(once, stride / 2);
      this.timesteps = Arrays.copyOf(warmUp, warmUp.length + once.length - 3);
      System.arraycopy(once, 3, timesteps, warmUp.length, once.length - 3);
      this.rungeKuttaSteps = warmUp.length;
    }
    this.finalAlpha = config.setAlphaToOneOr(false) ? 1 : schedule.alphaCumprod(0);
    this.arguments = new Arguments(timesteps.length, batchSize);
  }

  /** The second evaluation corrects the first step at its end, so that timestep comes twice. */
  private static int[] secondTwice(int[] once) {
    if (once.length == 1) {
      return once;
    }
    int[] timesteps = new int[once.length + 1];
    timesteps[0] = once[0];
    System.arraycopy(once, 1, timesteps, 1, 1);
    System.arraycopy(once, 1, timesteps, 2, once.length - 1);
    return timesteps;
  }

  /** Returns the beginning, twice the middle, and the end of each of the first three steps. */
  private static int[] rungeKutta(int[] once, int half) {
    int[] timesteps = new int[4 * (ORDER - 1)];
    for (int k = 0; k < ORDER - 1; k++) {
      timesteps[4 * k] = once[k];
      timesteps[4 * k + 1] = once[k + 1] + half;
      timesteps[4 * k + 2] = once[k + 1] + half;
      timesteps[4 * k + 3] = once[k + 1];
    }
    return timesteps;
  }

  @Override
  public double[] timesteps() {
    return Spacing.widened(timesteps);
  }

  @Override
  public Optional<String> needsFirstStep() {
    return rungeKuttaSteps == 0 ? Optional.empty() : Optional.of(WITH_RUNGE_KUTTA);
  }

  @Override
  public float[] step(float[] modelOutput, int step, float[] sample, float @Nullable [] noise) {
    arguments.check(modelOutput, step, sample, noise, false);
    if (rungeKuttaSteps > 0 && counter != step) {
      throw new IllegalStateException(WITH_RUNGE_KUTTA + " must start at step 0, not " + step);
    }
    if (counter == 0) {
      history = new float[ORDER][sample.length];
      base = new float[sample.length];
      blended = new float[sample.length];
    }
    float[] result = counter < rungeKuttaSteps
        ? rungeKuttaStep(modelOutput, step, sample)
        : multistep(modelOutput, step, sample);
    counter++;
    return result;
  }

  /** Formula (13), the pseudo Runge-Kutta method: ⅙·e1 + ⅓·e2 + ⅓·e3 + ⅙·e4 over four calls. */
  private float[] rungeKuttaStep(float[] output, int step, float[] sample) {
    int stage = counter % ORDER;
    int from = timesteps[counter - stage];
    int to = timesteps[step] - (counter % 2 == 0 ? stride / 2 : 0);
    switch (stage) {
      case 0 -> {
        remember(output);
        System.arraycopy(sample, 0, base, 0, sample.length);
        for (int i = 0; i < output.length; i++) {
          blended[i] = SIXTH * output[i];
        }
      }
      case 1, 2 -> {
        for (int i = 0; i < output.length; i++) {
          blended[i] += THIRD * output[i];
        }
      }
      default -> {
        for (int i = 0; i < output.length; i++) {
          blended[i] += SIXTH * output[i];
        }
        return transfer(base, blended, from, to);
      }
    }
    return transfer(base, output, from, to);
  }

  /** Formula (12), the pseudo linear multistep method, with lower orders until four outputs are known. */
  private float[] multistep(float[] output, int step, float[] sample) {
    int from = timesteps[step];
    int to = from - stride;
    if (counter == 1) {
      // Repeat the first step with the mean of the outputs at its beginning and end.
      for (int i = 0; i < output.length; i++) {
        blended[i] = (output[i] + history[0][i]) / 2;
      }
      return transfer(base, blended, from + stride, from);
    }
    remember(output);
    float[] e0 = history[0];
    float[] e1 = history[1];
    float[] e2 = history[2];
    float[] e3 = history[3];
    switch (remembered) {
      case 1 -> {
        System.arraycopy(sample, 0, base, 0, sample.length);
        return transfer(sample, output, from, to);
      }
      case 2 -> {
        for (int i = 0; i < output.length; i++) {
          blended[i] = (3 * e0[i] - e1[i]) / 2;
        }
      }
      case 3 -> {
        for (int i = 0; i < output.length; i++) {
          blended[i] = (23 * e0[i] - 16 * e1[i] + 5 * e2[i]) / 12;
        }
      }
      default -> {
        for (int i = 0; i < output.length; i++) {
          blended[i] = TWENTY_FOURTH * (55 * e0[i] - 59 * e1[i] + 37 * e2[i] - 9 * e3[i]);
        }
      }
    }
    return transfer(sample, blended, from, to);
  }

  private void remember(float[] output) {
    float[] oldest = history[ORDER - 1];
    System.arraycopy(history, 0, history, 1, ORDER - 1);
    history[0] = oldest;
    System.arraycopy(output, 0, oldest, 0, output.length);
    remembered = Math.min(ORDER, remembered + 1);
  }

  /**
   * Formula (9), the transfer part φ(x_t, ε_t, t, t−δ). Its coefficient of x_t, √(ᾱ_(t−δ)/ᾱ_t), equals
   * 1 + (ᾱ_(t−δ) − ᾱ_t)/(√ᾱ_t·(√ᾱ_(t−δ) + √ᾱ_t)).
   */
  private float[] transfer(float[] sample, float[] output, int from, int to) {
    float alpha = schedule.alphaCumprod(from);
    float alphaPrevious = to >= 0 ? schedule.alphaCumprod(to) : finalAlpha;
    float beta = 1 - alpha;
    float scale = sqrt(alphaPrevious / alpha);
    float gain = alphaPrevious - alpha;
    float denominator = alpha * sqrt(1 - alphaPrevious) + sqrt(alpha * beta * alphaPrevious);
    float rootAlpha = sqrt(alpha);
    float rootBeta = sqrt(beta);
    float[] result = new float[sample.length];
    for (int i = 0; i < result.length; i++) {
      float epsilon = velocity ? rootAlpha * output[i] + rootBeta * sample[i] : output[i];
      result[i] = scale * sample[i] - gain * epsilon / denominator;
    }
    return result;
  }

  @Override
  public float[] addNoise(float[] original, float[] noise, int step) {
    arguments.checkIndex(step);
    return schedule.addNoise(original, noise, timesteps[step]);
  }
}
