package io.gill.stage;

/** A stretch of what a language model reads. */
public sealed interface LanguageInput {
  /**
   * How many positions it takes.
   *
   * @return the number of tokens or rows
   */
  int length();

  /**
   * Tokens.
   *
   * @param ids token ids; not copied
   */
  @SuppressWarnings("ArrayRecordComponent") // read-only by contract, and never compared
  record Tokens(int[] ids) implements LanguageInput {
    @Override
    public int length() {
      return ids.length;
    }
  }

  /**
   * Embeddings that stand where tokens would: an image's visual tokens.
   *
   * @param rows (T, D); not copied
   */
  @SuppressWarnings("ArrayRecordComponent") // read-only by contract, and never compared
  record Embeddings(float[][] rows) implements LanguageInput {
    @Override
    public int length() {
      return rows.length;
    }
  }
}
