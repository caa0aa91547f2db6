package io.gill.stage;

/** Decides whether to retrieve an image or to generate one (paper, section 3.3). */
@FunctionalInterface
public interface DecisionModel {
  /**
   * Decides for one request.
   *
   * @param hidden (D): the hidden state of [IMG0]
   * @return the probabilities of both
   */
  Probabilities decide(float[] hidden);

  /**
   * Softmax output of the classifier.
   *
   * @param generate probability of generating, in [0, 1]
   * @param retrieve probability of retrieving, in [0, 1]
   */
  record Probabilities(double generate, double retrieve) {}
}
