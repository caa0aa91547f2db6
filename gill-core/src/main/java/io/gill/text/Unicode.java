package io.gill.text;

import java.util.Locale;

/** What Python's {@code str} and the published tokenizers mean by white space and by text. */
final class Unicode {
  static final char REPLACEMENT = '\uFFFD';

  private static final char CAPITAL_SIGMA = '\u03A3';
  private static final char SIGMA = '\u03C3';
  private static final char FINAL_SIGMA = '\u03C2';

  /** Word_Break = MidLetter, MidNumLet, Single_Quote: what may stand inside a word. */
  private static final String MID_WORD =
      "':.\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A";

  private Unicode() {}

  /** What Python's {@code str.isspace} accepts; Java's own tests differ in U+0085, U+001C…U+001F and U+00A0. */
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

  /** The text without white space at its left, its right, or both; all white space is in the basic plane. */
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

  /** The text with U+FFFD for each surrogate that has no partner: such text has no UTF-8 form. */
  static String replaceLoneSurrogates(String text) {
    if (text.codePoints().noneMatch(Unicode::isSurrogate)) {
      return text;
    }
    StringBuilder repaired = new StringBuilder(text.length());
    text.codePoints().forEach(c -> repaired.appendCodePoint(isSurrogate(c) ? REPLACEMENT : c));
    return repaired.toString();
  }

  /**
   * Lower case in no particular language. Capital sigma at the end of a word is the one letter that depends on its
   * neighbours (Unicode 3.13, Final_Sigma), and Java takes words for longer than the standard does.
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
