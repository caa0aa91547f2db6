package io.gill.text;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a {@code tokenizer.json} turns tokens into text. */
sealed interface TokenDecoding {
  /** Characters stand for bytes, as in GPT-2. */
  record ByteLevel() implements TokenDecoding {}

  /**
   * Tokens are text, as in SentencePiece.
   *
   * @param replacements made in every token, in this order
   * @param byteFallback whether {@code <0x00>} to {@code <0xFF>} stand for bytes
   * @param leading how many spaces at the start of the text are dropped
   * @param droppedFirst what is dropped from the first token before anything else; null for nothing
   */
  record Pieces(List<Replacement> replacements, boolean byteFallback, int leading, @Nullable String droppedFirst)
      implements TokenDecoding {}

  /** Text that stands for another. */
  record Replacement(String from, String to) {}
}
