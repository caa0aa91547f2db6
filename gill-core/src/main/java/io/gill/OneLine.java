package io.gill;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Sanitizes text from files, users and libraries for messages: one line of bounded length, with Java escapes for
 * characters that move a cursor or hide or reorder text. Other characters are kept, so that paths stay readable.
 */
final class OneLine {
  /** Maximum length of a message, which may list everything that is missing. */
  private static final int MESSAGE = 8_000;

  private static final int QUOTATION = 200;

  private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
  private static final int ZERO_WIDTH_JOINER = 0x200D;

  private OneLine() {}

  /** Sanitizes a message; a very long one keeps its beginning and end. */
  static String of(@Nullable String message) {
    return bounded(escaped(String.valueOf(message)), MESSAGE);
  }

  /** Sanitizes a given value and quotes it. */
  static String quoted(String value) {
    return "'" + bounded(escaped(value), QUOTATION) + "'";
  }

  private static String escaped(String text) {
    if (text.codePoints().noneMatch(OneLine::isUnsafe)) {
      return text;
    }
    StringBuilder line = new StringBuilder(text.length() + 16);
    text.codePoints().forEach(c -> {
      if (!isUnsafe(c)) {
        line.appendCodePoint(c);
        return;
      }
      switch (c) {
        case '\n' -> line.append("\\n");
        case '\r' -> line.append("\\r");
        case '\t' -> line.append("\\t");
        default -> {
          for (char unit : Character.toChars(c)) {
            line.append("\\u").append(String.format(Locale.ROOT, "%04X", (int) unit));
          }
        }
      }
    });
    return line.toString();
  }

  /**
   * Matches controls, line separators, lone surrogates and invisible characters, except joiners of scripts and emoji.
   */
  private static boolean isUnsafe(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE -> true;
      case Character.FORMAT -> c != ZERO_WIDTH_NON_JOINER && c != ZERO_WIDTH_JOINER;
      default -> false;
    };
  }

  private static String bounded(String line, int most) {
    if (line.length() <= most) {
      return line;
    }
    int head = boundary(line, most * 3 / 4);
    int tail = boundary(line, line.length() - most / 4);
    return line.substring(0, head) + "… (" + (tail - head) + " characters left out) …" + line.substring(tail);
  }

  /** Returns this index, or the one before if it would split a surrogate pair. */
  private static int boundary(String line, int at) {
    return Character.isLowSurrogate(line.charAt(at)) ? at - 1 : at;
  }
}
