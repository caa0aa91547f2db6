package io.gill.examples;

import java.util.regex.Pattern;

/** Makes text of models, files and users safe for a terminal and a page: a model may emit any character. */
public final class Printable {
  /** Control characters except tab and line breaks, bidirectional overrides, lone surrogates, non-characters. */
  private static final Pattern UNPRINTABLE = Pattern.compile(
      "[\\p{Cc}&&[^\\t\\n]]|[\\u202A-\\u202E\\u2066-\\u2069\\uFFFE\\uFFFF]|\\p{Cs}");

  private Printable() {}

  /**
   * Makes text safe to display.
   *
   * @param text any text
   * @return the text with uniform line breaks and a replacement character for every harmful one
   */
  public static String of(String text) {
    return UNPRINTABLE.matcher(text.replace("\r\n", "\n").replace('\r', '\n')).replaceAll("\uFFFD");
  }
}
