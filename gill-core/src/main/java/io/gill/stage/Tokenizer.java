package io.gill.stage;

/**
 * Converts text to token ids of the language model and back.
 *
 * <p>There are two ways to encode text. {@link #encode} is for untrusted text: it never yields a special token that
 * steers the model. {@link #encodeWithMarkers} is for text composed by the application and for comparison with the
 * published code.
 *
 * <p>Ids run from 0 to {@link #vocabularySize()} − 1 and index the rows of the model's embedding table. Implementations
 * are thread-safe.
 */
public interface Tokenizer extends AutoCloseable {
  /**
   * Encodes a text literally: {@code [IMG0]}, {@code </s>} and other names of special tokens in the text become
   * ordinary tokens like any other word.
   *
   * @param text any text, of any length; nothing is truncated
   * @param addBos whether to prepend the beginning-of-sequence token
   * @return the ids, none of them an [IMG] token; empty for an empty text without the beginning token
   */
  int[] encode(String text, boolean addBos);

  /**
   * Encodes a text as the published code does: names of special tokens in the text become those tokens. The default
   * recognises {@code [IMG0]}, {@code [IMG1]}… and encodes the text between them with {@link #encode}.
   *
   * @param text a text whose author may use special tokens; nothing is truncated
   * @param addBos whether to prepend the beginning-of-sequence token
   * @return the ids; empty for an empty text without the beginning token
   */
  default int[] encodeWithMarkers(String text, boolean addBos) {
    return ImageMarkers.encode(this, text, addBos);
  }

  /**
   * Returns the maximum number of characters that one id of {@link #encode} stands for. A text too long for the
   * language model's positions by this measure is rejected without tokenizing it.
   *
   * @return a number of {@code char}s, from 1; the default means no known limit
   */
  default int longestToken() {
    return Integer.MAX_VALUE;
  }

  /**
   * Decodes token ids.
   *
   * @param ids ids in the vocabulary
   * @param skipSpecialTokens whether to omit beginning, end, padding and image-prompt tokens; {@code [IMG0]},
   *     {@code [IMG1]}… are ordinary words and stay
   * @return the text
   * @throws IllegalArgumentException if an id is outside the vocabulary
   */
  String decode(int[] ids, boolean skipSpecialTokens);

  /**
   * Starts decoding ids one by one. The default decodes the whole prefix for each id. This is correct if later ids
   * change earlier text only where it ends in U+FFFD; other tokenizers override it.
   *
   * @param skipSpecialTokens whether to omit special tokens, as in {@link #decode}
   * @return a new decoder, for one thread
   */
  default TextDecoder decoder(boolean skipSpecialTokens) {
    return new PrefixDecoder(this, skipSpecialTokens);
  }

  /**
   * Returns the beginning-of-sequence token.
   *
   * @return its id
   */
  int bosId();

  /**
   * Returns the end-of-sequence token.
   *
   * @return its id
   */
  int eosId();

  /**
   * Returns the tokens that end a reply: {@link #eosId} and any others that end a turn in this family.
   *
   * @return their ids, at least one, in a new array; by default only {@link #eosId}
   */
  default int[] endIds() {
    return new int[] {eosId()};
  }

  /**
   * Returns the padding token.
   *
   * @return its id
   */
  int padId();

  /**
   * Returns the tokens {@code [IMG0]}, {@code [IMG1]}…, which stand for an image in the model's output.
   *
   * @return their ids in this order, in a new array
   */
  int[] imageTokenIds();

  /**
   * Returns the first token of a line break, where an answer is cut.
   *
   * @return its id
   */
  int newlineId();

  /**
   * Returns the number of ids, including image tokens.
   *
   * @return a positive number
   */
  int vocabularySize();

  /** Frees native memory, if any. Calls may fail afterwards. */
  @Override
  default void close() {}
}
