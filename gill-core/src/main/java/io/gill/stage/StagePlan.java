package io.gill.stage;

/**
 * A stage whose files are open and validated, but not loaded. For one thread at a time.
 *
 * @param <S> type of the stage
 */
public interface StagePlan<S> extends AutoCloseable {
  /**
   * Loads the stage, which takes over the open files, even if loading fails.
   *
   * @param settings device and precision
   * @return the stage, to be closed by the caller
   * @throws io.gill.GillException if the weights do not match the configuration, or the device is not available
   * @throws IllegalStateException if the plan was loaded or closed before
   */
  S load(StageSettings settings);

  /**
   * Returns what loading takes, from the headers of the files. The default is for stages that do not know; their
   * memory is not checked beforehand.
   *
   * @param settings as for {@link #load}
   * @return the size of the files and of the copies in memory
   */
  default LoadCost cost(StageSettings settings) {
    return LoadCost.NONE;
  }

  /** Closes the files, unless {@link #load} took them over. Idempotent. */
  @Override
  void close();
}
