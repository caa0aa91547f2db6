package io.gill.stage;

/** A vision encoder whose files are open and validated. */
public interface VisionEncoderPlan extends StagePlan<VisionEncoder> {
  /**
   * Returns the width of its pooled output, P.
   *
   * @return the width and the configuration key that sets it
   */
  Width width();
}
