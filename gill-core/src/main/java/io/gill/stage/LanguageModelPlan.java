package io.gill.stage;

/** A language model whose files are open and validated. */
public interface LanguageModelPlan extends AutoCloseable {
  /**
   * Returns the width of its embeddings and last hidden states, D.
   *
   * @return the width and the configuration key that sets it
   */
  Width embeddingWidth();

  /**
   * Loads the model and resizes its embedding table to a tokenizer's vocabulary. The model takes over the open files,
   * even if loading fails.
   *
   * @param settings device and precision
   * @param vocabularySize number of rows of the resized table, more or fewer than in the file
   * @param imageTokenRows (num_tokens, D): the trained [IMG] embeddings, which become the last rows of the table
   * @return the model, to be closed by the caller
   * @throws io.gill.GillException if the weights do not match the configuration, or the device is not available
   * @throws IllegalStateException if the plan was loaded or closed before
   */
  LanguageModel load(StageSettings settings, int vocabularySize, float[][] imageTokenRows);

  /**
   * Returns what loading takes, from the headers of the files. The default is for stages that do not know; their
   * memory is not checked beforehand.
   *
   * @param settings as for {@link #load}
   * @return the size of the files and of the copies in memory
   */
  default LoadCost cost(StageSettings settings) {
    return LoadCost.NONE;
  }

  /** Closes the files, unless {@link #load} took them over. Idempotent. */
  @Override
  void close();
}
