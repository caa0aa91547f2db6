package io.gill.stage;

/**
 * A causal language model that reads tokens and embeddings in any order (paper, section 3). Immutable; its contexts are
 * independent of each other.
 */
public interface LanguageModel extends AutoCloseable {
  /**
   * Returns the number of rows in the embedding table, including special tokens and [IMG] tokens.
   *
   * @return the length of every logits array
   */
  int vocabularySize();

  /**
   * Returns the width of the input embeddings and of the hidden states.
   *
   * @return D
   */
  int embeddingSize();

  /**
   * Returns the maximum number of positions of a context.
   *
   * @return {@code max_position_embeddings}
   */
  int maxPositions();

  /**
   * Returns the input embeddings of tokens.
   *
   * @param ids token ids in [0, {@link #vocabularySize})
   * @return (ids, D)
   */
  float[][] embeddings(int[] ids);

  /**
   * Opens an empty context.
   *
   * @return the context, to be closed by the caller
   */
  LanguageContext open();

  @Override
  void close();
}
