package io.gill.stage;

/** An image generator whose files are open and validated. */
public interface ImageGeneratorPlan extends StagePlan<ImageGenerator> {
  /**
   * Returns the width of the conditioning, C.
   *
   * @return the width and the configuration key that sets it
   */
  Width conditioningWidth();
}
