package io.gill.text;

import java.util.List;

/**
 * The special tokens of both families. Several of them may be the same token.
 *
 * @param bos token at the start of a sequence
 * @param eos token at the end of a sequence
 * @param unknown token for text that the vocabulary lacks
 * @param pad padding token
 */
record SpecialTokens(SpecialToken bos, SpecialToken eos, SpecialToken unknown, SpecialToken pad) {
  /**
   * Returns all tokens, padding first. Padding may be a bare string that strips; another token with the same content
   * overrides that.
   */
  List<SpecialToken> all() {
    return List.of(pad, bos, eos, unknown);
  }
}
