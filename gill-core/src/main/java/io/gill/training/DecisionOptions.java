package io.gill.training;

import io.gill.Device;
import io.gill.Precision;

/**
 * Options for training the decision model. Immutable. The defaults are the published ones.
 *
 * @param steps number of steps, each over all training prompts
 * @param learningRate learning rate of AdamW, without weight decay
 * @param dropout dropout probability on the hidden state, at least 0 and less than 1
 * @param trainingPrompts number of prompts for training, from the first; the rest are for validation
 * @param evaluationSteps number of steps between evaluations
 * @param seed seed of the initial weights and of dropout
 * @param device device of the language model
 * @param precision precision of the language model
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
  /** The published options, on the CPU in 32 bits. */
  public static final DecisionOptions DEFAULT =
      new DecisionOptions(2000, 1e-3, 0.5, 600, 100, 1337, Device.CPU, Precision.FLOAT32);

  /**
   * Checks the ranges.
   *
   * @param steps number of steps, each over all training prompts
   * @param learningRate learning rate of AdamW, without weight decay
   * @param dropout dropout probability on the hidden state, at least 0 and less than 1
   * @param trainingPrompts number of prompts for training, from the first
   * @param evaluationSteps number of steps between evaluations
   * @param seed seed of the initial weights and of dropout
   * @param device device of the language model
   * @param precision precision of the language model
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
   * Returns options with another number of steps.
   *
   * @param value the number of steps
   * @return the changed options
   */
  public DecisionOptions withSteps(int value) {
    return new DecisionOptions(
        value, learningRate, dropout, trainingPrompts, evaluationSteps, seed, device, precision);
  }

  /**
   * Returns options with another split into training and validation prompts.
   *
   * @param value number of prompts for training
   * @return the changed options
   */
  public DecisionOptions withTrainingPrompts(int value) {
    return new DecisionOptions(steps, learningRate, dropout, value, evaluationSteps, seed, device, precision);
  }

  /**
   * Returns options with another device and precision.
   *
   * @param newDevice device of the language model
   * @param newPrecision precision of the language model
   * @return the changed options
   */
  public DecisionOptions on(Device newDevice, Precision newPrecision) {
    return new DecisionOptions(
        steps, learningRate, dropout, trainingPrompts, evaluationSteps, seed, newDevice, newPrecision);
  }
}
