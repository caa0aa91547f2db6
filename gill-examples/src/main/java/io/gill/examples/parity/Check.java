package io.gill.examples.parity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The comparisons of one case. */
final class Check {
  private final List<Comparison> comparisons = new ArrayList<>();
  private boolean illConditioned;

  /**
   * One comparison.
   *
   * @param what the compared values
   * @param error the difference; for discrete values the number of differences
   * @param tolerance the maximum difference
   * @param detail the message if the difference is larger
   */
  record Comparison(String what, double error, double tolerance, String detail) {
    boolean passed() {
      return error <= tolerance; // false for NaN
    }

    /** Large when close to failing or beyond. Values counted in whole steps are 0 until they fail. */
    double severity() {
      if (!passed()) {
        return Double.POSITIVE_INFINITY;
      }
      return tolerance == 0 || tolerance >= 1 ? 0 : error / tolerance;
    }
  }

  /** Notes that the usual tolerance is replaced, because the case amplifies the last bit of its input. */
  void illConditioned() {
    illConditioned = true;
  }

  boolean isIllConditioned() {
    return illConditioned;
  }

  List<Comparison> comparisons() {
    return comparisons;
  }

  /** Compares by the largest difference, relative to the largest recorded magnitude. */
  void close(String what, float[] actual, float[] recorded, double tolerance) {
    close(what, widen(actual), widen(recorded), tolerance);
  }

  /** The largest difference, relative to the largest magnitude of {@code b}. */
  static double difference(float[] a, float[] b) {
    double largest = Double.MIN_NORMAL;
    double difference = 0;
    for (int i = 0; i < Math.min(a.length, b.length); i++) {
      largest = Math.max(largest, Math.abs(b[i]));
      difference = Math.max(difference, Math.abs((double) a[i] - b[i]));
    }
    return difference / largest;
  }

  /** Compares by the largest difference, relative to the largest recorded magnitude. */
  void close(String what, double[] actual, double[] recorded, double tolerance) {
    double largest = 0;
    for (double value : recorded) {
      largest = Double.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest;
    }
    compare(what, actual, recorded, largest == 0 ? 1 : largest, tolerance);
  }

  /** Compares by the largest difference in the values' own unit. */
  void within(String what, float[] actual, float[] recorded, double tolerance) {
    within(what, widen(actual), widen(recorded), tolerance);
  }

  /** Compares by the largest difference in the values' own unit. */
  void within(String what, double[] actual, double[] recorded, double tolerance) {
    compare(what, actual, recorded, 1, tolerance);
  }

  private void compare(String what, double[] actual, double[] recorded, double unit, double tolerance) {
    if (actual.length != recorded.length) {
      fail(what, actual.length + " values instead of " + recorded.length);
      return;
    }
    double worst = 0;
    int where = 0;
    for (int i = 0; i < recorded.length; i++) {
      double error = Double.compare(actual[i], recorded[i]) == 0 ? 0 : Math.abs(actual[i] - recorded[i]) / unit;
      if (Double.isNaN(error)) {
        error = Double.POSITIVE_INFINITY;
      }
      if (error > worst) {
        worst = error;
        where = i;
      }
    }
    String detail = worst == 0 ? "" : "element " + where + " is " + actual[where] + " instead of " + recorded[where];
    comparisons.add(new Comparison(what, worst, tolerance, detail));
  }

  /** Compares ids and similar values by the number of differences. */
  void same(String what, int[] actual, int[] recorded) {
    int differences = Math.abs(actual.length - recorded.length);
    for (int i = 0; i < Math.min(actual.length, recorded.length); i++) {
      differences += actual[i] == recorded[i] ? 0 : 1;
    }
    int first = Arrays.mismatch(actual, recorded);
    String detail = first < 0 ? "" : "first difference at " + first + ": " + at(actual, first) + " instead of "
        + at(recorded, first);
    comparisons.add(new Comparison(what, differences, 0, detail));
  }

  private static String at(int[] values, int index) {
    return index < values.length ? Integer.toString(values[index]) : "the end";
  }

  /** Compares values by equality. */
  void same(String what, @Nullable Object actual, @Nullable Object recorded) {
    boolean equal = Objects.equals(actual, recorded);
    comparisons.add(new Comparison(what, equal ? 0 : 1, 0, equal ? "" : quoted(actual) + " instead of "
        + quoted(recorded)));
  }

  private static String quoted(@Nullable Object value) {
    return value instanceof String text ? '"' + text.replace("\n", "\\n") + '"' : String.valueOf(value);
  }

  /** Checks a condition. */
  void holds(String what, boolean condition, String otherwise) {
    comparisons.add(new Comparison(what, condition ? 0 : 1, 0, otherwise));
  }

  /** Records a failure: something that cannot be compared or is known to be wrong. */
  void fail(String what, String reason) {
    comparisons.add(new Comparison(what, 1, 0, reason));
  }

  static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
