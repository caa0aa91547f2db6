package io.gill.diffusion.scheduler;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The scheduler of one run: chooses the timesteps at which the model is evaluated, and moves the sample towards an
 * image with each output.
 *
 * <pre>{@code
 * Scheduler scheduler = Schedulers.create(config, request);
 * float[] x = gaussian noise × scheduler.initNoiseSigma();
 * double[] t = scheduler.timesteps();
 * for (int i = 0; i < t.length; i++) {
 *   float[] output = unet(scheduler.scaleModelInput(x, i), t[i]);
 *   x = scheduler.step(output, i, x, scheduler.needsNoise(i) ? gaussian noise : null);
 * }
 * }</pre>
 *
 * <p>Samples are flat arrays of {@code batchSize} images one after another. A scheduler remembers earlier outputs, so
 * it serves a single run on one thread. It neither changes nor keeps its arguments.
 */
public interface Scheduler {
  /**
   * Returns the timesteps at which the model is evaluated, from noise to image. There may be more than the requested
   * steps: PNDM evaluates some steps more than once.
   *
   * @return a new array; integers except for Euler's methods
   */
  double[] timesteps();

  /**
   * Returns the standard deviation of the noise that a run starts from.
   *
   * @return 1 for all but Euler's methods
   */
  default double initNoiseSigma() {
    return 1;
  }

  /**
   * Returns whether a step draws new noise.
   *
   * @param step index into {@link #timesteps}
   * @return true if {@link #step} takes noise there
   */
  default boolean needsNoise(int step) {
    return false;
  }

  /**
   * Names this scheduler if a run must start at step 0. A run from a start image starts later.
   *
   * @return the scheduler and its setting, for messages; empty if a run may start at any step
   */
  default Optional<String> needsFirstStep() {
    return Optional.empty();
  }

  /**
   * Scales a sample to the model's input.
   *
   * @param sample x_t
   * @param step index into {@link #timesteps}
   * @return the model's input; {@code sample} itself if the scheduler does not scale
   */
  default float[] scaleModelInput(float[] sample, int step) {
    return sample;
  }

  /**
   * Makes a step towards the image.
   *
   * @param modelOutput the model's output for {@link #scaleModelInput} at this timestep, after guidance
   * @param step index into {@link #timesteps}; steps follow one another, and a run
   *     starts at 0 if {@link #needsFirstStep} is present
   * @param sample x_t
   * @param noise standard Gaussian noise, one value per element, if {@link #needsNoise}; otherwise null
   * @return the next sample, a new array
   * @throws IllegalArgumentException if the arrays differ in size, do not fit the batch, or noise is missing or
   *     unwanted
   * @throws IllegalStateException if {@code step} does not follow the previous one
   */
  float[] step(float[] modelOutput, int step, float[] sample, float @Nullable [] noise);

  /**
   * Noises an image to the beginning of a step, for image-to-image.
   *
   * @param original x_0
   * @param noise standard Gaussian noise, as many values
   * @param step index into {@link #timesteps}
   * @return x_t, a new array
   */
  float[] addNoise(float[] original, float[] noise, int step);
}
