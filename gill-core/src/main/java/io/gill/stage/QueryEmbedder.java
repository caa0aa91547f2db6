package io.gill.stage;

/** Maps the hidden state of [IMG0] into the retrieval space: {@code ret_text_hidden_fcs} (paper, section 3.2). */
@FunctionalInterface
public interface QueryEmbedder {
  /**
   * Embeds one request for an image.
   *
   * @param hidden (D): the hidden state of [IMG0]
   * @return (E), not normalised
   */
  float[] embed(float[] hidden);
}
