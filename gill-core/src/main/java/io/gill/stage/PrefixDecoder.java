package io.gill.stage;

import com.google.common.primitives.ImmutableIntArray;

/** Decodes the whole prefix for each id and returns the new text; a trailing U+FFFD may be an incomplete character. */
final class PrefixDecoder implements TextDecoder {
  private static final char REPLACEMENT = '\uFFFD';

  private final Tokenizer tokenizer;
  private final boolean skipSpecialTokens;
  private final ImmutableIntArray.Builder ids = ImmutableIntArray.builder();
  private String emitted = "";
  private boolean finished;

  PrefixDecoder(Tokenizer tokenizer, boolean skipSpecialTokens) {
    this.tokenizer = tokenizer;
    this.skipSpecialTokens = skipSpecialTokens;
  }

  @Override
  public String accept(int id) {
    requireUnfinished();
    ids.add(id);
    String text = decodeAll();
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == REPLACEMENT) {
      end--;
    }
    return end > emitted.length() && text.startsWith(emitted) ? emit(text.substring(0, end)) : "";
  }

  @Override
  public String finish() {
    requireUnfinished();
    finished = true;
    String text = decodeAll();
    if (!text.startsWith(emitted)) {
      throw new IllegalStateException(
          tokenizer.getClass().getName() + " changed text that an earlier prefix gave; it must override decoder()");
    }
    return emit(text);
  }

  private String decodeAll() {
    return tokenizer.decode(ids.build().toArray(), skipSpecialTokens);
  }

  private String emit(String text) {
    String piece = text.substring(emitted.length());
    emitted = text;
    return piece;
  }

  private void requireUnfinished() {
    if (finished) {
      throw new IllegalStateException("the decoder is finished");
    }
  }
}
