package io.gill.training;

import java.nio.file.Path;

/**
 * Receives events while a model trains, on the training thread, in this order:
 *
 * <pre>{@code
 * onStart  onSkipped*  onValidation  ( ( onSkipped*  onStep )+  onSkipped*  onValidation  onCheckpoint+ )*
 * }</pre>
 *
 * <p>{@code onValidation} comes only where there is validation data. An implementation must be fast, since it delays the
 * computation, and must not throw: an exception ends the training.
 */
public interface TrainingListener {
  /**
   * Training begins, or goes on.
   *
   * @param step how many steps have been taken before
   * @param steps how many there will be
   * @param parameters how many numbers are trained
   */
  default void onStart(long step, long steps, long parameters) {}

  /**
   * A step is done.
   *
   * @param metrics what it found
   * @return whether to go on; if not, the state is saved, and training returns
   */
  default boolean onStep(StepMetrics metrics) {
    return true;
  }

  /**
   * The model has been validated.
   *
   * @param metrics what was found
   */
  default void onValidation(ValidationMetrics metrics) {}

  /**
   * A checkpoint has been written.
   *
   * @param folder where
   * @param best whether it is the best so far
   */
  default void onCheckpoint(Path folder, boolean best) {}

  /**
   * An example cannot be used and is left out from now on.
   *
   * @param example which, and why
   */
  default void onSkipped(SkippedExample example) {}
}
