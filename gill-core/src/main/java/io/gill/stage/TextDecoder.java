package io.gill.stage;

/**
 * Turns token ids into text one by one: all pieces and the rest that {@link #finish()} returns, put together, are what
 * {@link Tokenizer#decode} makes of all ids. A piece is never taken back, so text that the next id could still change
 * (half a character, a space before punctuation) is held back. For one thread.
 */
public interface TextDecoder {
  /**
   * Takes the next id.
   *
   * @param id an id inside the vocabulary
   * @return the text that is now certain, often empty
   * @throws IllegalArgumentException if the id is outside the vocabulary
   * @throws IllegalStateException after {@link #finish()}
   */
  String accept(int id);

  /**
   * Says that no id follows.
   *
   * @return the text that was held back, often empty
   * @throws IllegalStateException if called twice
   */
  String finish();
}
