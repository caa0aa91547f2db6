package io.gill.stage;

/**
 * A stage whose files are open and checked, but not loaded. For one thread at a time.
 *
 * @param <S> the stage
 */
public interface StagePlan<S> extends AutoCloseable {
  /**
   * Loads the stage. The open files pass to the stage, also when loading fails.
   *
   * @param settings where and in which type it computes
   * @return the stage, which the caller closes
   * @throws io.gill.GillException if the weights do not fit the configuration, or the device is not there
   * @throws IllegalStateException if the plan was loaded or closed before
   */
  S load(StageSettings settings);

  /** Closes files that {@link #load} did not take. Idempotent. */
  @Override
  void close();
}
