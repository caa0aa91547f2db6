package io.gill.examples.parity;

import io.gill.GillException;
import io.gill.examples.parity.Check.Comparison;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** Runs cases and writes one line for each. */
final class Report {
  /** Marks a case whose tolerance is not the usual one. */
  static final String ILL_CONDITIONED = "ill-conditioned";

  private final PrintWriter out;
  private final Predicate<String> wanted;
  private final boolean filtered;
  private final boolean verbose;
  private final Map<String, int[]> passedAndFailed = new LinkedHashMap<>();
  private int leftOut;

  /** Creates a report on the cases whose "part/case" is selected. */
  Report(PrintWriter out, Predicate<String> wanted, boolean filtered, boolean verbose) {
    this.out = out;
    this.wanted = wanted;
    this.filtered = filtered;
    this.verbose = verbose;
  }

  /** The body of one case. */
  @FunctionalInterface
  interface Body {
    /** Makes the comparisons; an exception fails the case. */
    void run(Check check) throws Exception;
  }

  /** Whether only some cases were requested, so that data of the others stays unread. */
  boolean isFiltered() {
    return filtered;
  }

  /** Runs a case if it is selected. */
  void run(String part, String name, Body body) {
    if (!wanted.test(part + "/" + name)) {
      leftOut++;
      return;
    }
    Check check = new Check();
    try {
      body.run(check);
      if (check.comparisons().isEmpty()) {
        check.fail("case", "nothing in it could be compared");
      }
    } catch (Exception | LinkageError | StackOverflowError | OutOfMemoryError e) {
      check.fail("case", message(e));
    }
    boolean passed = check.comparisons().stream().allMatch(Comparison::passed);
    passedAndFailed.computeIfAbsent(part, key -> new int[2])[passed ? 0 : 1]++;
    write(part, name, check, passed);
  }

  /** Reports a case that could not start. */
  void fail(String part, String name, String reason) {
    run(part, name, check -> check.fail("case", reason));
  }

  /** Reports a case that cannot run here. It does not count as a failure. */
  void leaveOut(String part, String name, String reason) {
    leftOut++;
    if (wanted.test(part + "/" + name)) {
      out.println(String.format(Locale.ROOT, "%-13s %-46s %27s  %s", part, name, "left out", reason));
      out.flush();
    }
  }

  private static String message(Throwable e) {
    String text = e.getMessage() == null ? "" : ": " + e.getMessage().lines().findFirst().orElse("");
    StackTraceElement[] trace = e.getStackTrace();
    String where = e instanceof GillException || trace.length == 0 ? "" : " (at " + trace[0] + ")";
    return e.getClass().getSimpleName() + text + where;
  }

  private void write(String part, String name, Check check, boolean passed) {
    List<Comparison> comparisons = check.comparisons();
    Comparison worst = comparisons.stream().max(Comparator.comparingDouble(Comparison::severity)).orElseThrow();
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-13s %-46s %9s %8s  %s",
        part, name, number(worst.error()), number(worst.tolerance()), passed ? "pass" : "FAIL"));
    if (check.isIllConditioned()) {
      line.append("  ").append(ILL_CONDITIONED);
    }
    List<String> reasons = new ArrayList<>();
    comparisons.stream().filter(c -> !c.passed()).forEach(c -> reasons.add(c.what() + ": " + c.detail()));
    if (!reasons.isEmpty()) {
      line.append("  ").append(reasons.get(0));
    }
    if (reasons.size() > 1) {
      line.append(" (and ").append(reasons.size() - 1).append(" more)");
    }
    out.println(line);
    if (verbose) {
      for (Comparison c : comparisons) {
        out.println(String.format(Locale.ROOT, "    %-57s %9s %8s  %s%s", c.what(), number(c.error()),
            number(c.tolerance()), c.passed() ? "pass" : "FAIL", c.detail().isEmpty() ? "" : "  " + c.detail()));
      }
    }
    out.flush();
  }

  private static String number(double value) {
    return value == Math.rint(value) && value < 1e6
        ? Integer.toString((int) value)
        : String.format(Locale.ROOT, "%.1e", value);
  }

  /** Prints the counts by part, then the total. */
  void summarise() {
    out.println();
    passedAndFailed.forEach((part, counts) -> out.println(
        String.format(Locale.ROOT, "%-13s %5d passed %5d failed", part, counts[0], counts[1])));
    out.println(String.format(Locale.ROOT, "%-13s %5d passed %5d failed%s", "total", passed(), failed(),
        leftOut == 0 ? "" : ", " + leftOut + " left out"));
    out.flush();
  }

  int passed() {
    return passedAndFailed.values().stream().mapToInt(counts -> counts[0]).sum();
  }

  int failed() {
    return passedAndFailed.values().stream().mapToInt(counts -> counts[1]).sum();
  }

  int leftOut() {
    return leftOut;
  }
}
