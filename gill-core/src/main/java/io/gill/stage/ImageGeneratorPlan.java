package io.gill.stage;

/** An image generator whose files are open and checked. */
public interface ImageGeneratorPlan extends StagePlan<ImageGenerator> {
  /**
   * The width of the conditioning it takes, C.
   *
   * @return the width and the key of the configuration that sets it
   */
  Width conditioningWidth();
}
