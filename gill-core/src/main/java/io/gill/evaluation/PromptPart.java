package io.gill.evaluation;

/** A part of what a model reads. */
public sealed interface PromptPart {
  /**
   * A text.
   *
   * @param text the text
   */
  record Text(String text) implements PromptPart {}

  /**
   * A picture.
   *
   * @param name id or path of the picture in the benchmark
   */
  record Picture(String name) implements PromptPart {}
}
