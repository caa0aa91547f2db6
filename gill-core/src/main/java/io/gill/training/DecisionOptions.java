package io.gill.training;

import io.gill.Device;
import io.gill.Precision;
import java.util.Objects;

/**
 * Options for training the decision model. Immutable. {@link #builder()} starts from the defaults, which are the
 * published ones, {@link #toBuilder()} from these options.
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
  private static final DecisionOptions DEFAULT =
      new DecisionOptions(2000, 1e-3, 0.5, 600, 100, 1337, Device.CPU, Precision.FLOAT32);

  /**
   * Checks the ranges and rejects null.
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
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(precision, "precision");
    if (steps < 1 || !(learningRate > 0 && Double.isFinite(learningRate)) || !(dropout >= 0 && dropout < 1)
        || trainingPrompts < 1 || evaluationSteps < 1) {
      throw new IllegalArgumentException("steps " + steps + ", learningRate " + learningRate + ", dropout " + dropout
          + ", trainingPrompts " + trainingPrompts + " and evaluationSteps " + evaluationSteps
          + " must be positive and finite, and dropout at least 0 and less than 1");
    }
  }

  /**
   * Returns the defaults.
   *
   * @return the published options, on the CPU in 32 bits
   */
  public static DecisionOptions defaults() {
    return DEFAULT;
  }

  /**
   * Creates a builder with the defaults.
   *
   * @return the builder
   */
  public static Builder builder() {
    return DEFAULT.toBuilder();
  }

  /**
   * Creates a builder with these options.
   *
   * @return the builder
   */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Builds the options. Not thread-safe. */
  public static final class Builder {
    private int steps;
    private double learningRate;
    private double dropout;
    private int trainingPrompts;
    private int evaluationSteps;
    private long seed;
    private Device device;
    private Precision precision;

    private Builder(DecisionOptions from) {
      steps = from.steps;
      learningRate = from.learningRate;
      dropout = from.dropout;
      trainingPrompts = from.trainingPrompts;
      evaluationSteps = from.evaluationSteps;
      seed = from.seed;
      device = from.device;
      precision = from.precision;
    }

    /**
     * Sets {@link DecisionOptions#steps()}.
     *
     * @param value number of steps, each over all training prompts
     * @return this
     */
    public Builder steps(int value) {
      steps = value;
      return this;
    }

    /**
     * Sets {@link DecisionOptions#learningRate()}.
     *
     * @param value learning rate of AdamW, without weight decay
     * @return this
     */
    public Builder learningRate(double value) {
      learningRate = value;
      return this;
    }

    /**
     * Sets {@link DecisionOptions#dropout()}.
     *
     * @param value dropout probability on the hidden state, at least 0 and less than 1
     * @return this
     */
    public Builder dropout(double value) {
      dropout = value;
      return this;
    }

    /**
     * Sets {@link DecisionOptions#trainingPrompts()}.
     *
     * @param value number of prompts for training, from the first; the rest are for validation
     * @return this
     */
    public Builder trainingPrompts(int value) {
      trainingPrompts = value;
      return this;
    }

    /**
     * Sets {@link DecisionOptions#evaluationSteps()}.
     *
     * @param value number of steps between evaluations
     * @return this
     */
    public Builder evaluationSteps(int value) {
      evaluationSteps = value;
      return this;
    }

    /**
     * Sets {@link DecisionOptions#seed()}.
     *
     * @param value seed of the initial weights and of dropout
     * @return this
     */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /**
     * Sets {@link DecisionOptions#device()}.
     *
     * @param value device of the language model
     * @return this
     */
    public Builder device(Device value) {
      device = Objects.requireNonNull(value, "device");
      return this;
    }

    /**
     * Sets {@link DecisionOptions#precision()}.
     *
     * @param value precision of the language model
     * @return this
     */
    public Builder precision(Precision value) {
      precision = Objects.requireNonNull(value, "precision");
      return this;
    }

    /**
     * Builds the options.
     *
     * @return the options
     * @throws IllegalArgumentException if a value is outside its range
     */
    public DecisionOptions build() {
      return new DecisionOptions(
          steps, learningRate, dropout, trainingPrompts, evaluationSteps, seed, device, precision);
    }
  }
}
