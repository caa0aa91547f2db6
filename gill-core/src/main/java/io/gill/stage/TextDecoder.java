package io.gill.stage;

/**
 * Decodes token ids one by one. The pieces and the rest from {@link #finish()} concatenate to the output of
 * {@link Tokenizer#decode} for all ids. A piece is final: text that the next id could change (half a character, a space
 * before punctuation) is held back. Not thread-safe.
 */
public interface TextDecoder {
  /**
   * Decodes the next id.
   *
   * @param id an id in the vocabulary
   * @return text that is now final, often empty
   * @throws IllegalArgumentException if the id is outside the vocabulary
   * @throws IllegalStateException after {@link #finish()}
   */
  String accept(int id);

  /**
   * Ends the decoding.
   *
   * @return the text held back, often empty
   * @throws IllegalStateException if called twice
   */
  String finish();
}
