package io.gill.training;

/** Receives events of a decision model's training, on the training thread. Must be fast and must not throw. */
public interface DecisionListener {
  /**
   * Called when the language model has read a prompt.
   *
   * @param done number of prompts read
   * @param all total number of prompts
   */
  default void onPrompt(int done, int all) {}

  /**
   * Called after an evaluation.
   *
   * @param metrics the results
   */
  default void onEvaluation(DecisionMetrics metrics) {}
}
