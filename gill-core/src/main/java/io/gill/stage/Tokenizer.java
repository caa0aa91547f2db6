package io.gill.stage;

/**
 * Turns text into the token ids of the language model and back.
 *
 * <p>Ids run from 0 to {@link #vocabularySize()} − 1; the rows of the model's embedding table are in the same order.
 * Implementations are safe for use by many threads at once.
 */
public interface Tokenizer extends AutoCloseable {
  /**
   * Turns text into token ids. Markers such as {@code [IMG0]}, written in the text, become their token.
   *
   * @param text any text, of any length; nothing is truncated
   * @param addBos whether the beginning-of-sequence token goes in front
   * @return the ids; empty for an empty text without the beginning token
   */
  int[] encode(String text, boolean addBos);

  /**
   * Turns token ids back into text.
   *
   * @param ids ids inside the vocabulary
   * @param skipSpecialTokens whether beginning, end, padding and image-prompt tokens are left out; {@code [IMG0]} and
   *     its siblings are ordinary words and stay
   * @return the text
   * @throws IllegalArgumentException if an id is outside the vocabulary
   */
  String decode(int[] ids, boolean skipSpecialTokens);

  /**
   * Starts turning ids into text one by one. The default decodes everything so far for each id, which is right for
   * any tokenizer whose later ids change earlier text only where it ends in U+FFFD; others override it.
   *
   * @param skipSpecialTokens as in {@link #decode}
   * @return a decoder that has seen no id, for one thread
   */
  default TextDecoder decoder(boolean skipSpecialTokens) {
    return new PrefixDecoder(this, skipSpecialTokens);
  }

  /**
   * The token a sequence begins with.
   *
   * @return its id
   */
  int bosId();

  /**
   * The token that ends a sequence.
   *
   * @return its id
   */
  int eosId();

  /**
   * The token that fills a batch's shorter rows.
   *
   * @return its id
   */
  int padId();

  /**
   * The tokens {@code [IMG0]}, {@code [IMG1]}, … that stand for an image in the model's output.
   *
   * @return their ids in that order, a new array
   */
  int[] imageTokenIds();

  /**
   * The first token of a line break, at which an answer is cut.
   *
   * @return its id
   */
  int newlineId();

  /**
   * The number of ids, image tokens included.
   *
   * @return a positive number
   */
  int vocabularySize();

  /** Frees native memory, if there is any; other calls may fail afterwards. */
  @Override
  default void close() {}
}
