package io.gill.testsupport;

import static org.assertj.core.api.Assertions.assertThat;

/** Compares results with those of the published implementations. */
public final class Parity {
  /** Limit for one forward pass. Other CPU kernels differ by up to 4e-6 (README of the reference data). */
  public static final double FORWARD = 2e-5;

  private Parity() {}

  /** Checks that the largest difference is at most {@code limit} times the largest expected magnitude. */
  public static void assertClose(String what, float[] actual, float[] expected, double limit) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    assertThat(difference(actual, expected)).as(what).isLessThanOrEqualTo(limit);
  }

  /** Returns the largest difference, relative to the largest expected magnitude. */
  public static double difference(float[] actual, float[] expected) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      double d = Math.abs((double) actual[i] - expected[i]);
      difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(difference, d);
    }
    return difference == 0 ? 0 : difference / largest;
  }

  /** Returns the elements in row-major order. */
  public static float[] flat(float[][] rows) {
    int columns = rows.length == 0 ? 0 : rows[0].length;
    float[] flat = new float[rows.length * columns];
    for (int i = 0; i < rows.length; i++) {
      assertThat(rows[i]).hasSize(columns);
      System.arraycopy(rows[i], 0, flat, i * columns, columns);
    }
    return flat;
  }
}
