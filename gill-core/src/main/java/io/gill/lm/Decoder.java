package io.gill.lm;

import io.gill.torch.Tensor;
import java.util.function.Consumer;

/**
 * The network between the embeddings and the output layer of a language model. Immutable; computes in the caller's
 * {@link io.gill.torch.Scope}.
 */
public interface Decoder {
  /**
   * Returns the sizes.
   *
   * @return the shape
   */
  DecoderShape shape();

  /**
   * Reads new positions: of one sequence after its past, of a batch without a past, or one position each of a batch
   * whose pasts differ. Shorter sequences of a batch are padded at the end, since no position sees a later one.
   *
   * @param embeddings (T, D) or (B, T, D); left unchanged
   * @param past the earlier positions; receives the keys and values of the new ones
   * @param eachState receives every hidden state in order: the input of the first layer, the output of every layer but
   *     the last, and the result
   * @return the last hidden state, in the shape of the embeddings
   */
  Tensor apply(Tensor embeddings, Past past, Consumer<Tensor> eachState);
}
