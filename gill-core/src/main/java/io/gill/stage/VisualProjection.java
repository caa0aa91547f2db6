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

  /**
   * How many tokens {@link #project} makes of an image. A prompt is measured with it before its first image is encoded;
   * too small a number only makes a prompt that is too long be refused later.
   *
   * @return {@code n_visual_tokens}; the default is 1
   */
  default int visualTokens() {
    return 1;
  }
}
