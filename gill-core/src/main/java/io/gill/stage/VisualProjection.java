package io.gill.stage;

/** Maps an encoded image to the tokens the language model reads for it: {@code visual_embeddings} (paper, section 3.1). */
@FunctionalInterface
public interface VisualProjection {
  /**
   * Projects one image.
   *
   * @param pooled (P): the vision encoder's output
   * @return ({@code n_visual_tokens}, D)
   */
  float[][] project(float[] pooled);
}
