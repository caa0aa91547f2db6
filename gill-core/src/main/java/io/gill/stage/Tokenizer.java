package io.gill.stage;

/**
 * Turns text into the token ids of the language model and back.
 *
 * <p>There are two ways to read a text. {@link #encode} is for words of people and strangers: it cannot yield a token
 * that steers the model, whatever they write. {@link #encodeWithMarkers} is for texts that the application composes
 * itself, and for comparison with the published code.
 *
 * <p>Ids run from 0 to {@link #vocabularySize()} − 1; the rows of the model's embedding table are in the same order.
 * Implementations are safe for use by many threads at once.
 */
public interface Tokenizer extends AutoCloseable {
  /**
   * Turns text into token ids, literally: {@code [IMG0]}, {@code </s>} and other names of special tokens, written in
   * the text, become ordinary tokens like any other word.
   *
   * @param text any text, of any length; nothing is truncated
   * @param addBos whether the beginning-of-sequence token goes in front
   * @return the ids, never that of an [IMG] token; empty for an empty text without the beginning token
   */
  int[] encode(String text, boolean addBos);

  /**
   * Turns text into token ids as the published code does: the name of a special token, written in the text, becomes
   * that token. The default knows {@code [IMG0]} and its siblings, and encodes what stands between them with
   * {@link #encode}.
   *
   * @param text a text whose author may address the model's tokens; nothing is truncated
   * @param addBos whether the beginning-of-sequence token goes in front
   * @return the ids; empty for an empty text without the beginning token
   */
  default int[] encodeWithMarkers(String text, boolean addBos) {
    return ImageMarkers.encode(this, text, addBos);
  }

  /**
   * The most characters of a text that one id of {@link #encode} stands for. A text with more of them than all positions
   * of the language model can hold is refused without tokenizing it.
   *
   * @return a number of {@code char}s, from 1; by default no limit is known
   */
  default int longestToken() {
    return Integer.MAX_VALUE;
  }

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
   * The tokens that end a reply: {@link #eosId}, and others that a family ends its turns with.
   *
   * @return their ids, at least one, a new array; by default {@link #eosId} alone
   */
  default int[] endIds() {
    return new int[] {eosId()};
  }

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
