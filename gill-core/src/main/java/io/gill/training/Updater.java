package io.gill.training;

import io.gill.torch.AdamW;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;

/**
 * Updates the trained parameters and keeps the norm of the [IMG] rows at the mean norm of the frozen rows. If no
 * example requests a picture, the [IMG] rows stay unchanged. Captions alone would make [IMG] tokens less likely with
 * every other token, until the model never requests a picture.
 */
final class Updater implements AutoCloseable {
  final AdamW optimiser;
  private final TrainedModel model;
  private final double gradientLimit;
  private final double decay;
  private final boolean learnsImageTokens;
  private final boolean decaysFrozenRows;
  private double frozenNorm;
  private double frozenDecay = 1;

  /**
   * Creates an updater.
   *
   * @param gradientLimit the maximum norm of all gradients; 0 for no limit
   * @param learnsImageTokens whether to train the [IMG] rows
   * @param decaysFrozenRows whether weight decay also applies to the frozen rows, as in the published code
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
   * Takes a step and drops the gradients.
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

  /**
   * Applies the weight decay of steps that an earlier run took to the frozen rows.
   *
   * @param factor their {@link #frozenDecay}, 1 if weight decay does not apply to the frozen rows
   */
  void restore(double factor) {
    if (decaysFrozenRows) {
      decayFrozenRows(factor);
    }
  }

  /** Returns the total factor that weight decay has applied to the frozen rows. */
  double frozenDecay() {
    return frozenDecay;
  }

  private void decayFrozenRows(double factor) {
    model.language.scaleFrozenRows(factor);
    frozenNorm *= factor;
    frozenDecay *= factor;
  }

  /** Sets the norm of the [IMG] rows. */
  void rescale() {
    Tensor rows = model.parameters.get(TrainedModel.IMAGE_TOKENS);
    Scope.compute("rescaling the [IMG] tokens", () -> rows.copyFrom(TrainedModel.normalized(rows).mul(frozenNorm)));
  }

  /** Returns the mean norm of the [IMG] rows. */
  double imageTokenNorm() {
    Tensor rows = model.parameters.get(TrainedModel.IMAGE_TOKENS);
    return Scope.compute("measuring the [IMG] tokens", () -> (double) rows.norm(1).mean().toFloats()[0]);
  }

  @Override
  public void close() {
    optimiser.close();
  }
}
