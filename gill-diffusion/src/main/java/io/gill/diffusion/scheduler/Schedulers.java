package io.gill.diffusion.scheduler;

import io.gill.DiffusionOptions.SchedulerType;
import io.gill.DiffusionOptions.StepSpacing;
import io.gill.GillException;
import java.util.List;

/** Creates schedulers. */
public final class Schedulers {
  private Schedulers() {}

  /**
   * Creates the scheduler of a run.
   *
   * @param config the model's scheduler configuration; each scheduler reads its own settings
   * @param request the run's settings
   * @return a new scheduler
   * @throws IllegalArgumentException if the request does not fit the schedule, or has a setting that the scheduler
   *     lacks
   * @throws GillException if the configuration has a value that this scheduler does not support
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
      throw new IllegalArgumentException("rederiveNoise is true, but only DDIM has it");
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

  /** Creates a scheduler with the spacing of its configuration, for tests. */
  static Scheduler create(SchedulerType type, SchedulerConfig config, int steps, double eta, int batchSize) {
    return create(
        config, new SchedulerRequest(type, StepSpacing.MODEL, steps, List.of(), 1, eta, false, batchSize));
  }
}
