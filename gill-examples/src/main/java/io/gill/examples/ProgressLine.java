package io.gill.examples;

import java.util.Locale;

/** What a training says of a step: numbers with their names, without those that have not been measured. */
final class ProgressLine {
  private final StringBuilder text;
  private String separator = " ";

  /** Begins a line with what it is about. */
  ProgressLine(String start) {
    text = new StringBuilder(start);
  }

  /** Adds a number by its name and form, for {@link String#format}, unless it is none. */
  ProgressLine add(String format, double value) {
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
