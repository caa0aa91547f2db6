package io.gill.stage;

/** A vision encoder whose files are open and checked. */
public interface VisionEncoderPlan extends StagePlan<VisionEncoder> {
  /**
   * The width of its pooled output, P.
   *
   * @return the width and the key of the configuration that sets it
   */
  Width width();
}
