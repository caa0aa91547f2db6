package io.gill.stage;

/** A segment of a language model's input. */
public sealed interface LanguageInput {
  /**
   * Returns the number of positions of this segment.
   *
   * @return the number of tokens or rows
   */
  int length();

  /**
   * Token ids.
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
   * Embeddings in place of tokens, such as the visual tokens of an image.
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
