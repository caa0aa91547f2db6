package io.gill.diffusion.scheduler;

import io.gill.DiffusionOptions.SchedulerType;
import io.gill.DiffusionOptions.StepSpacing;
import io.gill.GillException;
import java.util.List;
import java.util.Optional;

/** Makes schedulers. */
public final class Schedulers {
  private Schedulers() {}

  /**
   * A scheduler for one run.
   *
   * @param config the model's scheduler configuration; every scheduler takes over the settings that it has
   * @param request what the run asks of it
   * @return a new scheduler at its beginning
   * @throws IllegalArgumentException if the request does not fit the schedule or asks for what the scheduler lacks
   * @throws GillException if the configuration asks of this scheduler what is not supported
   */
  public static Scheduler create(SchedulerConfig config, SchedulerRequest request) {
    if (request.steps() > config.numTrainTimesteps) {
      throw new IllegalArgumentException("steps is " + request.steps() + ": use 1 to " + config.numTrainTimesteps
          + ", the timesteps the model was trained with");
    }
    SchedulerType type = request.type() == SchedulerType.MODEL ? config.type() : request.type();
    boolean distilled = type == SchedulerType.LCM || type == SchedulerType.TCD;
    if (request.eta() > 0 && type != SchedulerType.DDIM && type != SchedulerType.TCD) {
      throw new IllegalArgumentException("eta is " + request.eta() + ", but " + type + " has none: use 0, DDIM or TCD");
    }
    if (!distilled && (!request.timesteps().isEmpty() || request.strength() != 1)) {
      throw new IllegalArgumentException(type + " takes neither timesteps nor a strength: only LCM and TCD do");
    }
    if (request.rederiveNoise() && type != SchedulerType.DDIM) {
      throw new IllegalArgumentException("rederiveNoise is true, which only DDIM has");
    }
    SchedulerConfig own = config.of(type, request.spacing());
    int steps = request.steps();
    int batchSize = request.batchSize();
    return switch (type) {
      case DDIM -> new DdimScheduler(own, steps, request.eta(), request.rederiveNoise(), batchSize);
      case PNDM -> new PndmScheduler(own, steps, batchSize);
      case DPM_SOLVER, DPM_SOLVER_SDE -> new DpmSolverScheduler(own, steps, batchSize);
      case UNIPC -> new UniPcScheduler(own, steps, batchSize);
      case EULER -> new EulerScheduler(own, steps, batchSize);
      case EULER_ANCESTRAL -> new EulerAncestralScheduler(own, steps, batchSize);
      case LCM -> new LcmScheduler(own, request);
      case TCD -> new TcdScheduler(own, request);
      case MODEL -> throw new AssertionError("resolved above");
    };
  }

  /** A scheduler with the spacing of its configuration, for tests. */
  static Scheduler create(SchedulerType type, SchedulerConfig config, int steps, double eta, int batchSize) {
    return create(
        config, new SchedulerRequest(type, StepSpacing.MODEL, steps, List.of(), 1, eta, false, batchSize));
  }

  /**
   * The image that a scheduler's last step predicted, for comparison with other implementations.
   *
   * @param scheduler a scheduler that has made a step
   * @return x_0 of DDIM and Euler, the denoised image of LCM, x_s of TCD, to be read before the next step; empty for
   *     schedulers that do not keep it
   */
  public static Optional<float[]> predicted(Scheduler scheduler) {
    return scheduler instanceof Predicting predicting ? Optional.of(predicting.predicted()) : Optional.empty();
  }

  /** Keeps what its last step predicted. */
  interface Predicting {
    /** The prediction of the last step; the next step overwrites it. */
    float[] predicted();
  }
}
