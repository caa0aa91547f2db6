package io.gill.examples;

import java.util.Locale;

/** What a training says of a step: numbers with their names, without those that have not been measured. */
public final class ProgressLine {
  private final StringBuilder text;
  private String separator = " ";

  /**
   * Begins a line.
   *
   * @param start what it is about
   */
  public ProgressLine(String start) {
    text = new StringBuilder(start);
  }

  /**
   * Adds a number, unless it is none.
   *
   * @param format its name and form, for {@link String#format}
   * @param value the number
   * @return this
   */
  public ProgressLine add(String format, double value) {
    if (!Double.isNaN(value)) {
      text.append(separator).append(String.format(Locale.ROOT, format, value));
      separator = ", ";
    }
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
