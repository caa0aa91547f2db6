package io.gill.text;

import java.util.List;

/**
 * The special tokens both families have; several may be the same token.
 *
 * @param bos begins a sequence
 * @param eos ends it
 * @param unknown stands for what the vocabulary lacks
 * @param pad fills it up
 */
record SpecialTokens(SpecialToken bos, SpecialToken eos, SpecialToken unknown, SpecialToken pad) {
  /** Padding first: it may be a bare string that strips, unless another token with the same content says otherwise. */
  List<SpecialToken> all() {
    return List.of(pad, bos, eos, unknown);
  }
}
