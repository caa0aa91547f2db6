package io.gill.examples;

import java.util.Locale;

/** A progress line of a training: named numbers, without those that were not measured. */
final class ProgressLine {
  private final StringBuilder text;
  private String separator = " ";

  /** Starts a line with its subject. */
  ProgressLine(String start) {
    text = new StringBuilder(start);
  }

  /** Adds a number, with its name, in a format of {@link String#format}; NaN is skipped. */
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
