package io.gill.evaluation;

import com.google.common.base.CharMatcher;
import java.util.List;
import java.util.regex.Pattern;

/** Texts as the official scripts, which are Python's, see them: white space and lengths. */
final class PythonText {
  /** Expression for a character of white space in {@code str.split}, {@code str.strip} and {@code \s} of Python. */
  static final String SPACE = "[\\s\\x1c-\\x1f\\x85\\p{Z}]";

  private static final Pattern SPACES = Pattern.compile(SPACE + "+");

  private static final CharMatcher SPACE_CHARACTERS = CharMatcher.forPredicate(PythonText::isSpace);

  private PythonText() {}

  /** Splits at white space, as {@code str.split()} does. */
  static List<String> words(String text) {
    return SPACES.splitAsStream(text).filter(word -> !word.isEmpty()).toList();
  }

  /** Removes white space from both ends, as {@code str.strip()} does. */
  static String strip(String text) {
    return SPACE_CHARACTERS.trimFrom(text);
  }

  private static boolean isSpace(char c) {
    return (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f) || c == 0x85 || Character.isSpaceChar(c);
  }

  /** Returns the number of code points. */
  static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
