package io.gill;

import io.gill.stage.TextDecoder;
import io.gill.stage.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The growing text between two images. Decodes tokens, cuts where the published code cuts
 * ({@code utils.truncate_caption}) and before stop sequences, and emits only text that no later token can change.
 */
final class VisibleText {
  private final TextDecoder decoder;
  private final RespondOptions.TextCut cut;
  private final StopSequences stops;
  private final GillListener listener;
  private final StringBuilder raw = new StringBuilder();

  /** Length of the raw text before each token. */
  private final List<Integer> starts = new ArrayList<>();

  private int streamed;
  private OptionalInt stop = OptionalInt.empty();

  VisibleText(Tokenizer tokenizer, RespondOptions options) {
    decoder = tokenizer.decoder(true);
    cut = options.textCut();
    stops = new StopSequences(options.stop());
    listener = options.listener();
  }

  void accept(int token) {
    int before = raw.length();
    starts.add(before);
    raw.append(decoder.accept(token));
    findStop(before);
    stream(cut(raw.substring(0, stop.orElse(raw.length() - stops.begun(raw)))));
  }

  private void findStop(int before) {
    if (stop.isEmpty()) {
      stop = stops.find(raw, before);
    }
  }

  /** Returns whether a stop sequence has been written. */
  boolean isStopped() {
    return stop.isPresent();
  }

  /** Number of tokens that begin before the stop sequence. */
  int tokensBeforeStop() {
    return (int) starts.stream().filter(start -> start < stop.orElse(Integer.MAX_VALUE)).count();
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
    int before = raw.length();
    raw.append(decoder.finish());
    findStop(before);
    String visible = cut(raw.substring(0, stop.orElse(raw.length())));
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
