package io.gill.diffusion.scheduler;

import io.gill.DiffusionOptions;
import io.gill.DiffusionOptions.SchedulerType;
import io.gill.DiffusionOptions.StepSpacing;
import java.util.List;
import java.util.Objects;

/**
 * A run's settings of its scheduler. Immutable.
 *
 * @param type the scheduler; {@link SchedulerType#MODEL} for the one that the configuration names
 * @param spacing distribution of the steps
 * @param steps number of denoising steps, from 1; {@link Scheduler#timesteps} may hold more
 * @param timesteps LCM and TCD: explicit timesteps, descending, which override {@code steps}; empty for the grid
 * @param strength LCM and TCD: share of the grid, from its end, that the steps are spread over; 1 for all of it
 * @param eta η of DDIM or γ of TCD, in [0, 1]; 0 for every other scheduler
 * @param rederiveNoise DDIM: whether ε is derived from the clipped x_0 ({@code use_clipped_model_output})
 * @param batchSize number of images that run together, from 1
 */
public record SchedulerRequest(SchedulerType type, StepSpacing spacing, int steps, List<Integer> timesteps,
    double strength, double eta, boolean rederiveNoise, int batchSize) {
  /**
   * Checks the ranges.
   *
   * @param type the scheduler
   * @param spacing distribution of the steps
   * @param steps number of denoising steps
   * @param timesteps explicit timesteps, or empty
   * @param strength share of the grid
   * @param eta η of DDIM or γ of TCD
   * @param rederiveNoise whether ε is derived from the clipped x_0
   * @param batchSize number of images
   */
  public SchedulerRequest {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(spacing, "spacing");
    timesteps = List.copyOf(timesteps);
    if (steps < 1) {
      throw new IllegalArgumentException("steps is " + steps + ": use 1 or more");
    }
    if (!(strength > 0 && strength <= 1)) {
      throw new IllegalArgumentException("strength is " + strength + ": use a value above 0 and at most 1");
    }
    if (!(eta >= 0 && eta <= 1)) {
      throw new IllegalArgumentException("eta is " + eta + ": use 0 to 1");
    }
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize is " + batchSize + ": use 1 or more");
    }
  }

  /**
   * Creates the request of options.
   *
   * @param options scheduler, spacing, steps and η
   * @param batchSize number of images that run together
   * @return the request
   */
  public static SchedulerRequest of(DiffusionOptions options, int batchSize) {
    return new SchedulerRequest(options.scheduler(), options.spacing(), options.steps(), List.of(), 1, options.eta(),
        false, batchSize);
  }
}
