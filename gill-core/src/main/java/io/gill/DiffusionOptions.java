package io.gill;

import java.util.Objects;

/**
 * How images are generated. Immutable.
 *
 * @param steps denoising steps, from 1; 50 by default
 * @param guidanceScale w of classifier-free guidance, ε = ε(∅) + w·(ε(c) − ε(∅)); 7.5 by default, up to 1 turns it off
 * @param width in pixels, a multiple of the VAE's factor (8); 0 for the model's own size
 * @param height in pixels, likewise
 * @param scheduler which sampler; DDIM by default
 * @param eta DDIM's η in [0, 1]: 0 is deterministic, the default
 * @param negativePrompt what the unconditional half is conditioned on; empty by default
 */
public record DiffusionOptions(
    int steps, double guidanceScale, int width, int height, Scheduler scheduler, double eta, String negativePrompt) {
  /** The defaults: 50 steps of DDIM at guidance 7.5 and the model's own size. */
  public static final DiffusionOptions DEFAULT = new DiffusionOptions(50, 7.5, 0, 0, Scheduler.DDIM, 0, "");

  /** The samplers; each keeps the other settings of the model's scheduler configuration. */
  public enum Scheduler {
    /** Denoising diffusion implicit models (Song et al. 2020). */
    DDIM,
    /** Pseudo numerical methods (Liu et al. 2022), what Stable Diffusion 1.5 names as its default. */
    PNDM,
    /** DPM-Solver++ (Lu et al. 2022), second-order multistep: good images in 20 steps. */
    DPM_SOLVER,
    /** Euler's method over the σ of Karras et al. 2022. */
    EULER,
    /** Whatever the model's own scheduler configuration names. */
    MODEL
  }

  /**
   * Checks the ranges.
   *
   * @param steps as above
   * @param guidanceScale as above
   * @param width as above
   * @param height as above
   * @param scheduler as above
   * @param eta as above
   * @param negativePrompt as above
   */
  public DiffusionOptions {
    Objects.requireNonNull(scheduler, "scheduler");
    Objects.requireNonNull(negativePrompt, "negativePrompt");
    if (steps < 1 || steps > 1000) {
      throw new IllegalArgumentException("steps is " + steps + ": use 1 to 1000");
    }
    if (!(guidanceScale >= 0 && guidanceScale < 1000)) {
      throw new IllegalArgumentException("guidanceScale is " + guidanceScale + ": use 0 to 1000, usually 7.5");
    }
    if (width < 0 || height < 0 || width > 4096 || height > 4096) {
      throw new IllegalArgumentException(
          "an image of " + width + "×" + height + " was asked for: use up to 4096×4096, or 0 for the model's own size");
    }
    if (!(eta >= 0 && eta <= 1)) {
      throw new IllegalArgumentException("eta is " + eta + ": use 0 to 1");
    }
  }

  /**
   * Another number of steps.
   *
   * @param value from 1
   * @return changed options
   */
  public DiffusionOptions withSteps(int value) {
    return new DiffusionOptions(value, guidanceScale, width, height, scheduler, eta, negativePrompt);
  }

  /**
   * Another guidance scale.
   *
   * @param value from 0
   * @return changed options
   */
  public DiffusionOptions withGuidanceScale(double value) {
    return new DiffusionOptions(steps, value, width, height, scheduler, eta, negativePrompt);
  }

  /**
   * Another size.
   *
   * @param newWidth in pixels
   * @param newHeight in pixels
   * @return changed options
   */
  public DiffusionOptions withSize(int newWidth, int newHeight) {
    return new DiffusionOptions(steps, guidanceScale, newWidth, newHeight, scheduler, eta, negativePrompt);
  }

  /**
   * Another sampler.
   *
   * @param value the sampler
   * @return changed options
   */
  public DiffusionOptions withScheduler(Scheduler value) {
    return new DiffusionOptions(steps, guidanceScale, width, height, value, eta, negativePrompt);
  }

  /**
   * Another η.
   *
   * @param value in [0, 1]
   * @return changed options
   */
  public DiffusionOptions withEta(double value) {
    return new DiffusionOptions(steps, guidanceScale, width, height, scheduler, value, negativePrompt);
  }

  /**
   * A negative prompt.
   *
   * @param value what the image should not be; empty for nothing
   * @return changed options
   */
  public DiffusionOptions withNegativePrompt(String value) {
    return new DiffusionOptions(steps, guidanceScale, width, height, scheduler, eta, value);
  }
}
