package io.gill.stage;

/** Loads a family of vision encoders with their image processors. */
public interface VisionEncoderProvider extends StageProvider<VisionEncoderPlan> {}
