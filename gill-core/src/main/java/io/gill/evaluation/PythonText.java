package io.gill.evaluation;

import java.util.List;
import java.util.regex.Pattern;

/** Texts as the official scripts, which are Python's, see them: white space and lengths. */
final class PythonText {
  /** Expression for a character of white space: what {@code str.split}, {@code str.strip} and {@code \s} take for it. */
  static final String SPACE = "[\\s\\x1c-\\x1f\\x85\\p{Z}]";

  private static final Pattern SPACES = Pattern.compile(SPACE + "+");

  private PythonText() {}

  /** Splits at white space, as {@code str.split()} does. */
  static List<String> words(String text) {
    return SPACES.splitAsStream(text).filter(word -> !word.isEmpty()).toList();
  }

  /** Removes white space from both ends, as {@code str.strip()} does. */
  static String strip(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && isSpace(text.charAt(start))) {
      start++;
    }
    while (end > start && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean isSpace(char c) {
    return (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f) || c == 0x85 || Character.isSpaceChar(c);
  }

  /** Returns the number of code points. */
  static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
