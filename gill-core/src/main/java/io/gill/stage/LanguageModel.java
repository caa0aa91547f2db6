package io.gill.stage;

/**
 * A causal language model that reads tokens and embeddings in any order (paper, section 3). Immutable; contexts opened
 * from it are independent of each other.
 */
public interface LanguageModel extends AutoCloseable {
  /**
   * The number of rows in the embedding table, special tokens and [IMG] tokens included.
   *
   * @return the length of every logits array
   */
  int vocabularySize();

  /**
   * The width of the embeddings the model reads and of the hidden states it returns.
   *
   * @return D
   */
  int embeddingSize();

  /**
   * How many positions one context can hold.
   *
   * @return {@code max_position_embeddings}
   */
  int maxPositions();

  /**
   * The input embeddings of some tokens.
   *
   * @param ids token ids in [0, {@link #vocabularySize})
   * @return (ids, D)
   */
  float[][] embeddings(int[] ids);

  /**
   * Opens an empty context.
   *
   * @return the context, which the caller closes
   */
  LanguageContext open();

  @Override
  void close();
}
