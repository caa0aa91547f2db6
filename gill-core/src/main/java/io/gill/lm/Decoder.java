package io.gill.lm;

import io.gill.torch.Tensor;
import java.util.function.Consumer;

/**
 * The network between the embeddings and the output layer of a language model. Immutable; computes in the caller's
 * {@link io.gill.torch.Scope}.
 */
public interface Decoder {
  /**
   * The sizes.
   *
   * @return the shape
   */
  DecoderShape shape();

  /**
   * Reads new positions, of one sequence behind its past or of a batch without one. In a batch shorter sequences are
   * padded at the end: no position sees a later one.
   *
   * @param embeddings (T, D) or (B, T, D); left unchanged
   * @param past the positions before; receives the keys and values of the new ones
   * @param eachState receives every hidden state in order: the input of the first layer, the output of every layer but
   *     the last, and the result
   * @return the last hidden state, of the embeddings' shape
   */
  Tensor apply(Tensor embeddings, Past past, Consumer<Tensor> eachState);
}
