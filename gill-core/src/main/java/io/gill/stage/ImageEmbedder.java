package io.gill.stage;

/** Maps an encoded image into the retrieval space: {@code visual_fc} (paper, section 3.2). */
@FunctionalInterface
public interface ImageEmbedder {
  /**
   * Embeds an image.
   *
   * @param pooled (P): pooled output of the vision encoder
   * @return (E), not normalised
   */
  float[] embed(float[] pooled);

  /**
   * Returns the logarithm of the model's factor on cosine similarities, for indexes of its embeddings.
   *
   * @return {@code logit_scale}; 0, the default, for plain similarities
   */
  default float logitScale() {
    return 0;
  }
}
