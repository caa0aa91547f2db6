package io.gill.diffusion.scheduler;

import static io.gill.diffusion.scheduler.NoiseSchedule.sqrt;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The timesteps of a consistency model's run, a subset of those it was distilled on, and the computations that its
 * schedulers share.
 */
final class DistilledGrid {
  private final SchedulerConfig config;
  private final NoiseSchedule schedule;
  private final int[] timesteps;
  private final Arguments arguments;

  DistilledGrid(SchedulerConfig config, SchedulerRequest request) {
    this.config = config;
    schedule = NoiseSchedule.of(config);
    timesteps = request.timesteps().isEmpty() ? spread(config, request) : given(config, request.timesteps());
    schedule.requireSignal(timesteps[0], config);
    arguments = new Arguments(timesteps.length, request.batchSize());
  }

  /**
   * Timesteps k·i − 1 for i = 1…⌊M·strength⌋, reversed; N of them, at ⌊j·length/N⌋ (Luo et al. 2023, section 4.3,
   * arXiv 2310.04378). k = T/M is the paper's skipping step, M the number of steps of the grid.
   */
  private static int[] spread(SchedulerConfig config, SchedulerRequest request) {
    int most = config.originalInferenceSteps;
    if (most > config.numTrainTimesteps) {
      throw config.error("original_inference_steps", most,
          "use at most num_train_timesteps, " + config.numTrainTimesteps);
    }
    int skip = config.numTrainTimesteps / most;
    int length = (int) (most * request.strength());
    int steps = request.steps();
    if (steps > length) {
      throw new IllegalArgumentException("steps is " + steps + ": use at most " + length
          + ", the steps that the model was distilled on (original_inference_steps times the strength)");
    }
    int[] timesteps = new int[steps];
    for (int j = 0; j < steps; j++) {
      int index = (int) Math.floor(j * (length / (double) steps));
      timesteps[j] = (length - index) * skip - 1;
    }
    return timesteps;
  }

  private static int[] given(SchedulerConfig config, List<Integer> timesteps) {
    int before = config.numTrainTimesteps;
    for (int timestep : timesteps) {
      if (timestep < 0 || timestep >= before) {
        throw new IllegalArgumentException("timesteps are " + timesteps + ": use descending numbers from at most "
            + (config.numTrainTimesteps - 1) + " down to 0");
      }
      before = timestep;
    }
    return timesteps.stream().mapToInt(Integer::intValue).toArray();
  }

  double[] timesteps() {
    return Spacing.widened(timesteps);
  }

  int timestep(int step) {
    return timesteps[step];
  }

  boolean isLast(int step) {
    return step == timesteps.length - 1;
  }

  /** Returns ᾱ of a training timestep. */
  float alphaBar(int timestep) {
    return schedule.alphaCumprod(timestep);
  }

  void check(float[] modelOutput, int step, float[] sample, float @Nullable [] noise, boolean needsNoise) {
    arguments.check(modelOutput, step, sample, noise, needsNoise);
  }

  /** Returns x_0 as the model predicts it. */
  float[] image(float[] modelOutput, int step, float[] sample) {
    float alpha = alphaBar(timesteps[step]);
    float[] image = new float[sample.length];
    Prediction.image(config.predictionType, sqrt(alpha), sqrt(1 - alpha), modelOutput, sample, image);
    return image;
  }

  /** Returns ε as the model predicts it. */
  float[] noise(float[] modelOutput, int step, float[] sample) {
    float alpha = alphaBar(timesteps[step]);
    float[] noise = new float[sample.length];
    Prediction.noise(config.predictionType, sqrt(alpha), sqrt(1 - alpha), modelOutput, sample, noise);
    return noise;
  }

  /** Returns √share·x + √(1 − share)·z; x itself, copied, without noise. */
  static float[] noised(float[] x, float share, float @Nullable [] z) {
    float[] noised = x.clone();
    if (z != null) {
      float keep = sqrt(share);
      float add = sqrt(1 - share);
      for (int i = 0; i < noised.length; i++) {
        noised[i] = keep * x[i] + add * z[i];
      }
    }
    return noised;
  }

  /** Noises an image to the timestep of a step. */
  float[] addNoise(float[] image, float[] noise, int step) {
    arguments.checkIndex(step);
    return schedule.addNoise(image, noise, timesteps[step]);
  }
}
