package io.gill;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Text of files, users and libraries as a part of a message: on one line, with Java's escapes for what would move a
 * cursor, hide or reorder text, and of bounded length. Other characters stay, so that paths can be read.
 */
final class OneLine {
  /** Messages that list everything that is missing may be long; nobody reads more. */
  private static final int MESSAGE = 8_000;

  private static final int QUOTATION = 200;

  private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
  private static final int ZERO_WIDTH_JOINER = 0x200D;

  private OneLine() {}

  /** A whole message; of a very long one, beginning and end stay. */
  static String of(@Nullable String message) {
    return bounded(escaped(String.valueOf(message)), MESSAGE);
  }

  /** A value that somebody gave, in quotation marks. */
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

  /** Controls, line separators, invisible characters other than the joiners of scripts and emoji, lone surrogates. */
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

  /** This place, or the one before where it would cut a character. */
  private static int boundary(String line, int at) {
    return Character.isLowSurrogate(line.charAt(at)) ? at - 1 : at;
  }
}
