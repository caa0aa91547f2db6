package io.gill;

import java.util.ArrayList;
import java.util.List;

/** Prevents a text from starting a line that reads as a turn of {@link PromptFormat#questionAnswer()}. */
final class TurnLabels {
  /** Q and A, then the same letters in full width. */
  private static final String LABELS = "QAqa\uFF31\uFF21\uFF51\uFF41";

  private static final String COLONS = ":\uFF1A";
  private static final String LINE_BREAKS = "\n\u000B\f\r\u001C\u001D\u001E\u0085\u2028\u2029";

  private TurnLabels() {}

  /**
   * Replaces line breaks before a label with spaces, in one linear pass.
   *
   * @param texts texts of one turn, read as if concatenated
   * @return the same number of texts, each of the same length
   */
  static List<String> joinLines(List<String> texts) {
    StringBuilder joined = new StringBuilder();
    texts.forEach(joined::append);
    int blanks = 0; // start of the blanks before this index
    for (int i = 0; i < joined.length(); ) {
      int c = joined.codePointAt(i);
      int next = i + Character.charCount(c);
      if (!isBlank(c)) {
        if (isLabel(joined, c, next)) {
          joinLines(joined, blanks, i);
        }
        blanks = next;
      }
      i = next;
    }
    List<String> result = new ArrayList<>();
    int from = 0;
    for (String text : texts) {
      result.add(joined.substring(from, from + text.length()));
      from += text.length();
    }
    return result;
  }

  private static boolean isLabel(StringBuilder text, int letter, int from) {
    if (LABELS.indexOf(letter) < 0) {
      return false;
    }
    int i = from;
    while (i < text.length() && isBlank(text.codePointAt(i))) {
      i += Character.charCount(text.codePointAt(i));
    }
    return i < text.length() && COLONS.indexOf(text.charAt(i)) >= 0;
  }

  private static void joinLines(StringBuilder text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (LINE_BREAKS.indexOf(text.charAt(i)) >= 0) {
        text.setCharAt(i, ' ');
      }
    }
  }

  /** Matches white space and invisible characters. */
  static boolean isBlank(int c) {
    return Character.isWhitespace(c)
        || Character.isSpaceChar(c)
        || Character.isISOControl(c)
        || Character.getType(c) == Character.FORMAT;
  }
}
