package io.gill.stage;

/** A language model whose files are open and checked. */
public interface LanguageModelPlan extends AutoCloseable {
  /**
   * The width of its embeddings and last hidden states, D.
   *
   * @return the width and the key of the configuration that sets it
   */
  Width embeddingWidth();

  /**
   * Loads the model and resizes its embedding table to a tokenizer's vocabulary. The open files pass to the model, also
   * when loading fails.
   *
   * @param settings where and in which type it computes
   * @param vocabularySize number of rows the table shall have, more or fewer than the file
   * @param imageTokenRows (num_tokens, D): the last rows of the table, the trained [IMG] embeddings
   * @return the model, which the caller closes
   * @throws io.gill.GillException if the weights do not fit the configuration, or the device is not there
   * @throws IllegalStateException if the plan was loaded or closed before
   */
  LanguageModel load(StageSettings settings, int vocabularySize, float[][] imageTokenRows);

  /** Closes files that {@link #load} did not take. Idempotent. */
  @Override
  void close();
}
