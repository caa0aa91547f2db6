package io.gill.text;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Conversion of tokens to text in a {@code tokenizer.json}. */
sealed interface TokenDecoding {
  /** Characters represent bytes, as in GPT-2. */
  record ByteLevel() implements TokenDecoding {}

  /**
   * Tokens are text, as in SentencePiece.
   *
   * @param replacements replacements in every token, in this order
   * @param byteFallback whether {@code <0x00>} to {@code <0xFF>} represent bytes
   * @param leading number of spaces to remove at the start of the text
   * @param droppedFirst prefix to remove from the first token before any replacement; null for none
   */
  record Pieces(List<Replacement> replacements, boolean byteFallback, int leading, @Nullable String droppedFirst)
      implements TokenDecoding {}

  /** A text and its replacement. */
  record Replacement(String from, String to) {}
}
