package io.gill.projection;

import io.gill.torch.Tensor;

/** {@code gen_text_hidden_fcs.0}: maps the [IMG] tokens of B requests to the image generator's conditioning. */
@FunctionalInterface
interface ConditioningLayer {
  /**
   * Maps requests for images.
   *
   * @param hidden (B, T, D): hidden states of the [IMG] tokens
   * @param embeddings (B, T, D): their input embeddings
   * @return (B, R, C), R = Q, or Q + 1 where the last row holds the pooled vector: {@link ModelArgs#conditioningRows}
   */
  Tensor forward(Tensor hidden, Tensor embeddings);
}
