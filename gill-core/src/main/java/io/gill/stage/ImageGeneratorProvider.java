package io.gill.stage;

/** Loads a family of image generators. */
public interface ImageGeneratorProvider extends StageProvider<ImageGeneratorPlan> {}
