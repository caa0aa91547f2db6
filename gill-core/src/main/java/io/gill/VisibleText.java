package io.gill;

import io.gill.stage.TextDecoder;
import io.gill.stage.Tokenizer;

/**
 * The growing text between two images. Decodes tokens, cuts where the published code cuts
 * ({@code utils.truncate_caption}), and emits only text that no later token can change.
 */
final class VisibleText {
  private final TextDecoder decoder;
  private final RespondOptions.TextCut cut;
  private final GillListener listener;
  private final StringBuilder raw = new StringBuilder();
  private int streamed;

  VisibleText(Tokenizer tokenizer, RespondOptions.TextCut cut, GillListener listener) {
    decoder = tokenizer.decoder(true);
    this.cut = cut;
    this.listener = listener;
  }

  void accept(int token) {
    raw.append(decoder.accept(token));
    stream(cut(raw));
  }

  /** Returns whether a sentence or line has ended, so that nothing more will be shown. */
  boolean isCut() {
    if (cut == RespondOptions.TextCut.NONE) {
      return false;
    }
    String text = stripLeadingBreaks(raw);
    boolean line = text.indexOf('\n') >= 0; // breaks before the first word have been stripped
    return line || (cut == RespondOptions.TextCut.SENTENCE && text.indexOf('.') >= 0);
  }

  /** Returns the whole visible text; no token may follow. */
  String finish() {
    raw.append(decoder.finish());
    String visible = cut(raw);
    stream(visible);
    return visible;
  }

  private void stream(String visible) {
    if (visible.length() > streamed) {
      String piece = visible.substring(streamed);
      streamed = visible.length();
      listener.onText(piece);
    }
  }

  /**
   * Strips line breaks at both ends, then cuts after the first line break, or else after the first full stop. Breaks at
   * the current end are held back until more text follows, since they may turn out to be trailing or the cut.
   */
  private String cut(CharSequence all) {
    String text = stripLeadingBreaks(all);
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == '\n') {
      end--;
    }
    text = text.substring(0, end);
    if (cut == RespondOptions.TextCut.NONE) {
      return text;
    }
    int line = text.indexOf('\n');
    if (line >= 0) {
      return text.substring(0, line + 1);
    }
    int stop = cut == RespondOptions.TextCut.SENTENCE ? text.indexOf('.') : -1;
    return stop >= 0 ? text.substring(0, stop + 1) : text;
  }

  private static String stripLeadingBreaks(CharSequence all) {
    int start = 0;
    while (start < all.length() && all.charAt(start) == '\n') {
      start++;
    }
    return all.subSequence(start, all.length()).toString();
  }
}
