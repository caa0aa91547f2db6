package io.gill.training;

import io.gill.torch.AdamW;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;

/**
 * Changes the trained parameters by their gradients, and keeps the [IMG] rows as long as the frozen rows of the table are
 * on average.
 */
final class Updater implements AutoCloseable {
  final AdamW optimiser;
  private final TrainedModel model;
  private final double gradientLimit;
  private final double decay;
  private final boolean decaysFrozenRows;
  private double frozenNorm;

  /**
   * An updater.
   *
   * @param gradientLimit the largest norm of all gradients; 0 for none
   * @param decaysFrozenRows whether weight decay reaches the frozen rows too, as published
   */
  Updater(TrainedModel model, AdamW.Settings settings, double gradientLimit, boolean decaysFrozenRows) {
    this.model = model;
    this.optimiser = new AdamW(model.parameters, settings);
    this.gradientLimit = gradientLimit;
    this.decay = settings.weightDecay();
    this.decaysFrozenRows = decaysFrozenRows;
    this.frozenNorm = model.opt.frozenNorm();
  }

  /**
   * Takes a step and forgets the gradients.
   *
   * @return the norm of all gradients before clipping
   */
  double update(double learningRate) {
    double norm = model.parameters.clipGradients(gradientLimit > 0 ? gradientLimit : Double.POSITIVE_INFINITY);
    optimiser.step(learningRate);
    model.parameters.dropGradients();
    if (decaysFrozenRows) {
      decayFrozenRows(1 - learningRate * decay);
    }
    rescale();
    return norm;
  }

  /** Repeats on the frozen rows what steps before have done to them. */
  void decayFrozenRows(double factor) {
    model.opt.scaleFrozenRows(factor);
    frozenNorm *= factor;
  }

  private void rescale() {
    Tensor rows = model.parameters.get(TrainedModel.IMAGE_TOKENS);
    Scope.compute("rescaling the [IMG] tokens", () -> rows.copyFrom(TrainedModel.normalized(rows).mul(frozenNorm)));
  }

  /** The length of every [IMG] row after a step. */
  double imageTokenNorm() {
    return frozenNorm;
  }

  @Override
  public void close() {
    optimiser.close();
  }
}
