package io.gill.stage;

/** An image generator whose files are open and validated. */
public interface ImageGeneratorPlan extends StagePlan<ImageGenerator> {
  /**
   * Returns the width of the conditioning, C.
   *
   * @return the width and the configuration key that sets it
   */
  Width conditioningWidth();

  /**
   * Returns the width of the pooled vector that it is conditioned on beside the tokens. The default is for generators
   * that take none.
   *
   * @return P, or 0, and the configuration key that sets it
   */
  default Width pooledWidth() {
    return new Width("the pooled conditioning of the image generator", 0);
  }
}
