package io.gill.stage;

/** Maps an encoded image into the retrieval space: {@code visual_fc} (paper, section 3.2). */
@FunctionalInterface
public interface ImageEmbedder {
  /**
   * Embeds one image.
   *
   * @param pooled (P): the vision encoder's output
   * @return (E), not normalised
   */
  float[] embed(float[] pooled);

  /**
   * What the model multiplies cosine similarities by: for indexes of its embeddings.
   *
   * @return {@code logit_scale}, the logarithm of the factor; 0 for plain similarities
   */
  default float logitScale() {
    return 0;
  }
}
