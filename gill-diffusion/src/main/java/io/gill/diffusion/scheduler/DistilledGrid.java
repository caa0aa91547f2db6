package io.gill.diffusion.scheduler;

import java.util.List;

/** The timesteps of consistency models: a few of those that the model was distilled on. */
final class DistilledGrid {
  private DistilledGrid() {}

  /**
   * Timesteps k·i − 1 for i = 1…⌊M·strength⌋, reversed, of which N are taken at ⌊j·length/N⌋ (Luo et al. 2023, section
   * 4.3, arXiv 2310.04378); k = T/M is the paper's skipping step, M the steps of the grid.
   */
  static int[] timesteps(SchedulerConfig config, SchedulerRequest request) {
    if (!request.timesteps().isEmpty()) {
      return given(config, request.timesteps());
    }
    int most = config.originalInferenceSteps;
    if (most > config.numTrainTimesteps) {
      throw config.error("original_inference_steps", most,
          "num_train_timesteps is " + config.numTrainTimesteps + ", which must not be less");
    }
    int skip = config.numTrainTimesteps / most;
    int length = (int) (most * request.strength());
    int steps = request.steps();
    if (steps > length) {
      throw new IllegalArgumentException("steps is " + steps + ": use at most " + length
          + ", the steps that the model was distilled on (original_inference_steps, times the strength)");
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
}
