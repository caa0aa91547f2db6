package io.gill.text;

import java.util.Locale;

/** White space and text handling of Python's {@code str} and the published tokenizers. */
final class Unicode {
  static final char REPLACEMENT = '\uFFFD';

  private static final char CAPITAL_SIGMA = '\u03A3';
  private static final char SIGMA = '\u03C3';
  private static final char FINAL_SIGMA = '\u03C2';

  /** Characters allowed inside a word: Word_Break = MidLetter, MidNumLet, Single_Quote. */
  private static final String MID_WORD =
      "':.\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A";

  private Unicode() {}

  /**
   * Matches white space like Python's {@code str.isspace}. Java's tests differ for U+0085, U+001C…U+001F and U+00A0.
   */
  static boolean isSpace(int codePoint) {
    return (codePoint >= 0x09 && codePoint <= 0x0D)
        || (codePoint >= 0x1C && codePoint <= 0x20)
        || codePoint == 0x85
        || codePoint == 0xA0
        || codePoint == 0x1680
        || (codePoint >= 0x2000 && codePoint <= 0x200A)
        || codePoint == 0x2028
        || codePoint == 0x2029
        || codePoint == 0x202F
        || codePoint == 0x205F
        || codePoint == 0x3000;
  }

  /** Removes white space on the left, on the right, or both. All white space is in the basic multilingual plane. */
  static String strip(String text, boolean left, boolean right) {
    int start = 0;
    int end = text.length();
    while (left && start < end && isSpace(text.charAt(start))) {
      start++;
    }
    while (right && end > start && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  /** Replaces each unpaired surrogate, which has no UTF-8 encoding, by U+FFFD. */
  static String replaceLoneSurrogates(String text) {
    if (text.codePoints().noneMatch(Unicode::isSurrogate)) {
      return text;
    }
    StringBuilder repaired = new StringBuilder(text.length());
    text.codePoints().forEach(c -> repaired.appendCodePoint(isSurrogate(c) ? REPLACEMENT : c));
    return repaired.toString();
  }

  /**
   * Converts to lower case, independent of language. Only capital sigma at the end of a word depends on its neighbours
   * (Unicode 3.13, Final_Sigma), and Java's definition of a word is wider than the standard's.
   */
  static String lowerCase(String text) {
    StringBuilder sigmas = new StringBuilder(text);
    for (int i = text.indexOf(CAPITAL_SIGMA); i >= 0; i = text.indexOf(CAPITAL_SIGMA, i + 1)) {
      sigmas.setCharAt(i, casedBefore(text, i) && !casedFrom(text, i + 1) ? FINAL_SIGMA : SIGMA);
    }
    return sigmas.toString().toLowerCase(Locale.ROOT);
  }

  private static boolean casedBefore(String text, int end) {
    for (int i = end; i > 0; ) {
      int c = text.codePointBefore(i);
      if (!isCaseIgnorable(c)) {
        return isCased(c);
      }
      i -= Character.charCount(c);
    }
    return false;
  }

  private static boolean casedFrom(String text, int start) {
    for (int i = start; i < text.length(); ) {
      int c = text.codePointAt(i);
      if (!isCaseIgnorable(c)) {
        return isCased(c);
      }
      i += Character.charCount(c);
    }
    return false;
  }

  private static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  private static boolean isCaseIgnorable(int c) {
    return switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT, Character.MODIFIER_LETTER,
          Character.MODIFIER_SYMBOL -> true;
      default -> MID_WORD.indexOf(c) >= 0;
    };
  }

  private static boolean isSurrogate(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }
}
