package io.gill.training;

import io.gill.torch.AdamW;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;

/**
 * Changes the trained parameters by their gradients, and keeps the [IMG] rows as long as the frozen rows of the table are
 * on average. Where no example asks for a picture they are left as they are: captions alone would push them away, since
 * every token they are not makes them less likely, until the model never asks for a picture any more.
 */
final class Updater implements AutoCloseable {
  final AdamW optimiser;
  private final TrainedModel model;
  private final double gradientLimit;
  private final double decay;
  private final boolean learnsImageTokens;
  private final boolean decaysFrozenRows;
  private double frozenNorm;

  /**
   * An updater.
   *
   * @param gradientLimit the largest norm of all gradients; 0 for none
   * @param learnsImageTokens whether the [IMG] rows change
   * @param decaysFrozenRows whether weight decay reaches the frozen rows too, as published
   */
  Updater(
      TrainedModel model,
      AdamW.Settings settings,
      double gradientLimit,
      boolean learnsImageTokens,
      boolean decaysFrozenRows) {
    this.model = model;
    this.optimiser = new AdamW(model.parameters, settings);
    this.gradientLimit = gradientLimit;
    this.decay = settings.weightDecay();
    this.learnsImageTokens = learnsImageTokens;
    this.decaysFrozenRows = decaysFrozenRows;
    this.frozenNorm = model.language.frozenNorm();
  }

  /**
   * Takes a step and forgets the gradients.
   *
   * @return the norm of all gradients before clipping
   */
  double update(double learningRate) {
    if (!learnsImageTokens) {
      model.parameters.dropGradient(TrainedModel.IMAGE_TOKENS);
    }
    double norm = model.parameters.clipGradients(gradientLimit > 0 ? gradientLimit : Double.POSITIVE_INFINITY);
    optimiser.step(learningRate);
    model.parameters.dropGradients();
    if (decaysFrozenRows) {
      decayFrozenRows(1 - learningRate * decay);
    }
    if (learnsImageTokens) {
      rescale();
    }
    return norm;
  }

  /** Repeats on the frozen rows what steps before have done to them. */
  void decayFrozenRows(double factor) {
    model.language.scaleFrozenRows(factor);
    frozenNorm *= factor;
  }

  /** Gives the [IMG] rows their length. */
  void rescale() {
    Tensor rows = model.parameters.get(TrainedModel.IMAGE_TOKENS);
    Scope.compute("rescaling the [IMG] tokens", () -> rows.copyFrom(TrainedModel.normalized(rows).mul(frozenNorm)));
  }

  /** The mean length of the [IMG] rows. */
  double imageTokenNorm() {
    Tensor rows = model.parameters.get(TrainedModel.IMAGE_TOKENS);
    return Scope.compute("measuring the [IMG] tokens", () -> (double) rows.norm(1).mean().toFloats()[0]);
  }

  @Override
  public void close() {
    optimiser.close();
  }
}
