package io.gill.examples;

import java.util.Locale;

/** Formats an estimated time. */
public final class TimeLeft {
  private TimeLeft() {}

  /**
   * Formats a time in one unit.
   *
   * @param seconds the time
   * @return such as {@code "40 s"}, {@code "12 min"} or {@code "3.5 h"}
   */
  public static String of(long seconds) {
    return seconds < 60 ? seconds + " s"
        : seconds < 3600 ? seconds / 60 + " min" : String.format(Locale.ROOT, "%.1f h", seconds / 3600.0);
  }
}
