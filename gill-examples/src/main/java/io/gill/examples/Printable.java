package io.gill.examples;

import java.util.regex.Pattern;

/** Text of models, files and people, made harmless for a terminal and a page: a model may say any character. */
public final class Printable {
  /** Control characters but tab and line breaks, bidirectional overrides, lone surrogates, non-characters. */
  private static final Pattern UNPRINTABLE = Pattern.compile(
      "[\\p{Cc}&&[^\\t\\n]]|[\\u202A-\\u202E\\u2066-\\u2069\\uFFFE\\uFFFF]|\\p{Cs}");

  private Printable() {}

  /**
   * Some text as it can be shown.
   *
   * @param text any
   * @return the text with line breaks of one kind and a mark in place of every character that would do harm
   */
  public static String of(String text) {
    return UNPRINTABLE.matcher(text.replace("\r\n", "\n").replace('\r', '\n')).replaceAll("\uFFFD");
  }
}
