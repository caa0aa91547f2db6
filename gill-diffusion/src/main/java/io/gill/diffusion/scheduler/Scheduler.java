package io.gill.diffusion.scheduler;

import org.jspecify.annotations.Nullable;

/**
 * The scheduler of one run: which timesteps the model is asked at, and how each answer moves the sample towards an image.
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
 * <p>Samples are flat arrays of {@code batchSize} images one after another. A scheduler remembers earlier outputs, so it
 * serves one run of one thread; its arguments are never changed or kept.
 */
public interface Scheduler {
  /**
   * The timesteps at which the model is evaluated, from noise to image. There may be more of them than steps were asked
   * for: PNDM evaluates some steps more than once.
   *
   * @return a new array; whole numbers but for Euler's methods
   */
  double[] timesteps();

  /**
   * The standard deviation of the noise a run starts from.
   *
   * @return 1 for all but Euler's methods
   */
  default double initNoiseSigma() {
    return 1;
  }

  /**
   * Whether a step draws fresh noise.
   *
   * @param step index into {@link #timesteps}
   * @return true if {@link #step} takes noise there
   */
  default boolean needsNoise(int step) {
    return false;
  }

  /**
   * Whether a run may begin later than at step 0, as one from a start image does.
   *
   * @return false for PNDM with Runge-Kutta steps, which later steps depend on
   */
  default boolean startsAnywhere() {
    return true;
  }

  /**
   * What the model is to see of a sample.
   *
   * @param sample x_t
   * @param step index into {@link #timesteps}
   * @return the model's input; {@code sample} itself if the scheduler does not scale
   */
  default float[] scaleModelInput(float[] sample, int step) {
    return sample;
  }

  /**
   * One step towards the image.
   *
   * @param modelOutput what the model said to {@link #scaleModelInput} at this timestep, after guidance
   * @param step index into {@link #timesteps}; steps follow one another, and a run
   *     may begin later than at 0 if {@link #startsAnywhere}
   * @param sample x_t
   * @param noise standard Gaussian noise, one value per element, if {@link #needsNoise}; otherwise null
   * @return the next sample, a new array
   * @throws IllegalArgumentException if the arrays differ in size, cannot hold the batch, or noise is missing or
   *     unwanted
   * @throws IllegalStateException if {@code step} does not follow the one before
   */
  float[] step(float[] modelOutput, int step, float[] sample, float @Nullable [] noise);

  /**
   * Noises an image to where a step begins, for image-to-image.
   *
   * @param original x_0
   * @param noise standard Gaussian noise, as many values
   * @param step index into {@link #timesteps}
   * @return x_t, a new array
   */
  float[] addNoise(float[] original, float[] noise, int step);
}
