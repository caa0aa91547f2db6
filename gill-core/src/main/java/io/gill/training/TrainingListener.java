package io.gill.training;

import java.nio.file.Path;

/**
 * Receives events while a model trains, on the training thread, in this order:
 *
 * <pre>{@code
 * onStart  onSkipped*  onValidation  ( ( onSkipped*  onStep )+  onSkipped*  onValidation  onCheckpoint+ )*
 * }</pre>
 *
 * <p>{@code onValidation} is called only with validation data. An implementation must be fast, since it delays
 * training, and must not throw, since an exception ends the training.
 */
public interface TrainingListener {
  /**
   * Called when training starts or resumes.
   *
   * @param step number of completed steps
   * @param steps total number of steps
   * @param parameters number of trained values
   */
  default void onStart(long step, long steps, long parameters) {}

  /**
   * Called after a step.
   *
   * @param metrics metrics of the step
   * @return whether to continue; if not, the state is saved and training returns
   */
  default boolean onStep(StepMetrics metrics) {
    return true;
  }

  /**
   * Called after a validation.
   *
   * @param metrics the results
   */
  default void onValidation(ValidationMetrics metrics) {}

  /**
   * Called after a checkpoint is written.
   *
   * @param folder folder of the checkpoint
   * @param best whether it is the best so far
   */
  default void onCheckpoint(Path folder, boolean best) {}

  /**
   * Called when an example cannot be used. It is skipped from then on.
   *
   * @param example the example and the reason
   */
  default void onSkipped(SkippedExample example) {}
}
