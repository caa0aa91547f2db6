package io.gill.lm;

import io.gill.torch.Scope;
import io.gill.torch.Table;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import org.jspecify.annotations.Nullable;

/**
 * A language model as tensors in and tensors out. Computes in the caller's {@link Scope}. Immutable; the weights belong
 * to the owner that loaded them. Axes: D the embeddings' width, V the vocabulary.
 *
 * @param tokens the embedding table
 * @param head the output layer; the same object as {@code tokens} if the two are tied
 * @param decoder the network between them
 */
public record DecoderNetwork(TokenTable tokens, TokenTable head, Decoder decoder) {
  /**
   * Assembles the parts of a snapshot.
   *
   * @param w the state dict that the parts were taken from
   * @param embeddings (V, D) the embedding table
   * @param output (V, D) the output layer, or null if it is the embedding table
   * @param decoder the network between them
   * @return the network
   */
  public static DecoderNetwork of(Weights w, Table embeddings, @Nullable Table output, Decoder decoder) {
    Tensor none = w.constant(0, 0, decoder.shape().width()); // (0, D)
    TokenTable tokens = new TokenTable(embeddings, none);
    return new DecoderNetwork(tokens, output == null ? tokens : new TokenTable(output, none), decoder);
  }

  /**
   * Resizes the table and the output layer to a tokenizer's vocabulary. A row that neither the file nor the caller
   * supplies becomes the mean of the file's rows.
   *
   * @param vocabularySize V
   * @param lastRows (A, D) the last rows of both, used without a copy; may be trainable
   * @param owner keeps new tensors
   * @return the network; an output layer equal to the embedding table is freed and replaced by it
   */
  public DecoderNetwork resized(int vocabularySize, Tensor lastRows, Scope owner) {
    TokenTable resized = tokens.resized(vocabularySize, lastRows, owner);
    boolean tied = isTied();
    if (!tied && head.published().sameAs(tokens.published())) {
      head.published().close();
      tied = true;
    }
    TokenTable output = tied ? resized : head.resized(vocabularySize, lastRows, owner);
    return new DecoderNetwork(resized, output, decoder);
  }

  /**
   * Stores the output layer as it is multiplied fastest, for a network that is not trained.
   *
   * @param owner keeps new tensors
   * @return the network
   */
  DecoderNetwork forLogits(Scope owner) {
    TokenTable output = head.forLogits(owner);
    return new DecoderNetwork(isTied() ? output : tokens, output, decoder);
  }

  /**
   * Returns whether the output layer is the embedding table.
   *
   * @return true if they are tied
   */
  public boolean isTied() {
    return head.equals(tokens);
  }

  /**
   * Returns the number of tokens.
   *
   * @return V
   */
  public int vocabularySize() {
    return tokens.size();
  }

  /**
   * Looks up embeddings.
   *
   * @param ids tokens in the vocabulary
   * @return (n, D); must not be changed
   */
  public Tensor embeddings(int[] ids) {
    return tokens.rows(ids);
  }

  /**
   * Applies the output layer.
   *
   * @param hidden (n, D) last hidden states
   * @return (n, V) logits
   */
  public Tensor logits(Tensor hidden) {
    return head.logits(hidden);
  }
}
