package io.gill.examples.soak;

import java.util.List;
import java.util.Locale;

/** Formats the results for a terminal and as Markdown. */
final class Table {
  private Table() {}

  static String text(List<Tally> tallies) {
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%-24s %9s %8s %8s%n", "promise", "cases", "failures", "time"));
    for (Tally tally : tallies) {
      text.append(String.format(Locale.ROOT, "%-24s %,9d %,8d %7.1fs%n", tally.promise().name(), tally.cases(),
          tally.failures(), tally.seconds()));
    }
    text.append(String.format(Locale.ROOT, "%-24s %,9d %,8d %7.1fs%n", "all", cases(tallies), failures(tallies),
        seconds(tallies)));
    for (Tally tally : tallies) {
      for (Tally.Failure failure : tally.described()) {
        text.append(String.format("%n%s: %s%n  again: %s%n", tally.promise().name(), failure.what(),
            failure.reproduce()));
      }
    }
    return text.toString();
  }

  static String markdown(List<Tally> tallies, String machine) {
    StringBuilder text = new StringBuilder("# Soak\n\n").append(machine).append("\n\n");
    text.append("| | promise | cases | failures | time |\n|---|---|---:|---:|---:|\n");
    for (Tally tally : tallies) {
      text.append(String.format(Locale.ROOT, "| %s | %s | %,d | %,d | %.0f s |%n", tally.promise().name(),
          tally.promise().text(), tally.cases(), tally.failures(), tally.seconds()));
    }
    text.append(String.format(Locale.ROOT, "| all | | %,d | %,d | %.0f s |%n", cases(tallies), failures(tallies),
        seconds(tallies)));
    for (Tally tally : tallies) {
      for (Tally.Failure failure : tally.described()) {
        text.append(String.format("%n- %s: %s%n  `%s`%n", tally.promise().name(), failure.what(), failure.reproduce()));
      }
    }
    return text.toString();
  }

  private static long cases(List<Tally> tallies) {
    return tallies.stream().mapToLong(Tally::cases).sum();
  }

  static long failures(List<Tally> tallies) {
    return tallies.stream().mapToLong(Tally::failures).sum();
  }

  private static double seconds(List<Tally> tallies) {
    return tallies.stream().mapToDouble(Tally::seconds).sum();
  }
}
