package io.gill.diffusion.scheduler;

import java.util.Optional;

/**
 * Shows intermediate results of schedulers, for comparison with other implementations. Not part of the API.
 */
public final class SchedulerInspection {
  private SchedulerInspection() {}

  /** A scheduler that keeps the prediction of its last step. */
  interface Predicting {
    /** Returns the prediction of the last step, which the next step overwrites. */
    float[] predicted();
  }

  /**
   * Returns the image that a scheduler's last step predicted.
   *
   * @param scheduler a scheduler that has made a step
   * @return x_0 of DDIM and Euler, the denoised image of LCM, or x_s of TCD, valid until the next step; empty for other
   *     schedulers
   */
  public static Optional<float[]> predicted(Scheduler scheduler) {
    return scheduler instanceof Predicting predicting ? Optional.of(predicting.predicted()) : Optional.empty();
  }
}
