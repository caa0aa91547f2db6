package io.gill.training;

import io.gill.Device;
import io.gill.Precision;

/**
 * How the decision model is trained. Immutable; the defaults are the published ones.
 *
 * @param steps of the whole training data each
 * @param learningRate of AdamW, without weight decay
 * @param dropout how often a number of the hidden state is left out, at least 0 and less than 1
 * @param trainingPrompts how many prompts, from the first, are trained on; the rest is for validation
 * @param evaluationSteps steps between two evaluations
 * @param seed of the first weights and of dropout
 * @param device where the language model computes
 * @param precision what it computes in
 */
public record DecisionOptions(
    int steps,
    double learningRate,
    double dropout,
    int trainingPrompts,
    int evaluationSteps,
    long seed,
    Device device,
    Precision precision) {
  /** As published, on the CPU in 32 bits. */
  public static final DecisionOptions DEFAULT =
      new DecisionOptions(2000, 1e-3, 0.5, 600, 100, 1337, Device.CPU, Precision.FLOAT32);

  /**
   * Checks the ranges.
   *
   * @param steps of the whole training data each
   * @param learningRate of AdamW, without weight decay
   * @param dropout how often a number of the hidden state is left out, at least 0 and less than 1
   * @param trainingPrompts how many prompts, from the first, are trained on
   * @param evaluationSteps steps between two evaluations
   * @param seed of the first weights and of dropout
   * @param device where the language model computes
   * @param precision what it computes in
   */
  public DecisionOptions {
    if (steps < 1 || !(learningRate > 0 && Double.isFinite(learningRate)) || !(dropout >= 0 && dropout < 1)
        || trainingPrompts < 1 || evaluationSteps < 1) {
      throw new IllegalArgumentException("steps " + steps + ", learningRate " + learningRate + ", dropout " + dropout
          + ", trainingPrompts " + trainingPrompts + " and evaluationSteps " + evaluationSteps
          + " must be positive and finite, and dropout at least 0 and less than 1");
    }
  }

  /**
   * Another length.
   *
   * @param value how many steps
   * @return changed options
   */
  public DecisionOptions withSteps(int value) {
    return new DecisionOptions(
        value, learningRate, dropout, trainingPrompts, evaluationSteps, seed, device, precision);
  }

  /**
   * Another split.
   *
   * @param value how many prompts are trained on
   * @return changed options
   */
  public DecisionOptions withTrainingPrompts(int value) {
    return new DecisionOptions(steps, learningRate, dropout, value, evaluationSteps, seed, device, precision);
  }

  /**
   * Another device and precision.
   *
   * @param newDevice where the language model computes
   * @param newPrecision what it computes in
   * @return changed options
   */
  public DecisionOptions on(Device newDevice, Precision newPrecision) {
    return new DecisionOptions(
        steps, learningRate, dropout, trainingPrompts, evaluationSteps, seed, newDevice, newPrecision);
  }
}
