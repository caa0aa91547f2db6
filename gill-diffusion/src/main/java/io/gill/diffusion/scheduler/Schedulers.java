package io.gill.diffusion.scheduler;

import io.gill.DiffusionOptions;
import io.gill.GillException;
import java.util.Optional;

/** Makes samplers. */
public final class Schedulers {
  private Schedulers() {}

  /**
   * A sampler for one run.
   *
   * @param kind which sampler; {@code MODEL} for the one the configuration names
   * @param config the model's scheduler configuration, whose settings every sampler takes over as far as it has them
   * @param steps denoising steps, from 1 to {@code num_train_timesteps}; {@link Scheduler#timesteps} may hold more
   * @param eta DDIM's η in [0, 1]; 0 for every other sampler
   * @param batchSize how many images run together, from 1
   * @return a new sampler at its beginning
   * @throws IllegalArgumentException if a number is out of range or so many steps do not fit into the schedule
   * @throws GillException if the configuration asks of this sampler what is not supported
   */
  public static Scheduler create(
      DiffusionOptions.Scheduler kind, SchedulerConfig config, int steps, double eta, int batchSize) {
    if (steps < 1 || steps > config.numTrainTimesteps()) {
      throw new IllegalArgumentException(
          "steps is " + steps + ": use 1 to " + config.numTrainTimesteps() + ", the timesteps the model was trained with");
    }
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize is " + batchSize + ": use 1 or more");
    }
    DiffusionOptions.Scheduler sampler = kind == DiffusionOptions.Scheduler.MODEL ? config.sampler() : kind;
    if (!(eta >= 0 && eta <= 1)) {
      throw new IllegalArgumentException("eta is " + eta + ": use 0 to 1");
    }
    if (eta > 0 && sampler != DiffusionOptions.Scheduler.DDIM) {
      throw new IllegalArgumentException("eta is " + eta + ", but " + sampler + " has none: use 0, or DDIM");
    }
    config.requireSupportedBy(sampler);
    return switch (sampler) {
      case DDIM -> new DdimScheduler(config, steps, eta, batchSize);
      case PNDM -> new PndmScheduler(config, steps, batchSize);
      case DPM_SOLVER -> new DpmSolverScheduler(config, steps, batchSize);
      case EULER -> new EulerScheduler(config, steps, batchSize);
      case MODEL -> throw new AssertionError("resolved above");
    };
  }

  /**
   * The image that a sampler's last step predicted, for comparison with other implementations.
   *
   * @param scheduler a sampler that has made a step
   * @return x_0, to be read before the next step; empty for samplers that do not keep it
   */
  public static Optional<float[]> predictedOriginal(Scheduler scheduler) {
    if (scheduler instanceof DdimScheduler ddim) {
      return Optional.of(ddim.predictedOriginal());
    }
    return scheduler instanceof EulerScheduler euler ? Optional.of(euler.predictedOriginal()) : Optional.empty();
  }
}
