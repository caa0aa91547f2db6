package io.gill.stage;

/** Maps an encoded image to visual tokens of the language model: {@code visual_embeddings} (paper, section 3.1). */
@FunctionalInterface
public interface VisualProjection {
  /**
   * Projects an image.
   *
   * @param pooled (P): pooled output of the vision encoder
   * @return ({@code n_visual_tokens}, D)
   */
  float[][] project(float[] pooled);

  /**
   * Returns the number of visual tokens per image. Prompts are measured with it before their first image is encoded. If
   * the number is too small, an overlong prompt is only rejected later.
   *
   * @return {@code n_visual_tokens}; the default is 1
   */
  default int visualTokens() {
    return 1;
  }
}
