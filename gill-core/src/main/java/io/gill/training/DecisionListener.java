package io.gill.training;

/** Hears of the training of a decision model, on the thread that trains. Must be fast and must not throw. */
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
