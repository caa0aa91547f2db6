package io.gill.training;

/** Receives events of a decision model's training, on the training thread. Must be fast and must not throw. */
public interface DecisionListener {
  /**
   * The language model has read a prompt.
   *
   * @param done how many it has read
   * @param all how many there are
   */
  default void onPrompt(int done, int all) {}

  /**
   * The model has been evaluated.
   *
   * @param metrics what was found
   */
  default void onEvaluation(DecisionMetrics metrics) {}
}
