package io.gill.diffusion.scheduler;

/** Quantiles of beta distributions. */
final class BetaQuantile {
  private BetaQuantile() {}

  /**
   * Returns the x with I_x(a, a) = p, for a between 0 and 1, where I is the regularised incomplete beta function.
   *
   * <p>I_x is 0 at 0 and ½ at ½, and its upper half mirrors the lower one: bisection of [0, ½], where the series of I_x
   * gains at least one bit a term.
   */
  static double symmetric(double a, double p) {
    if (p > 0.5) {
      return 1 - symmetric(a, 1 - p);
    }
    double wanted = 2 * p * unscaled(a, 0.5);
    double low = 0;
    double high = 0.5;
    while (true) {
      double middle = (low + high) / 2;
      if (middle <= low || middle >= high) {
        return high;
      }
      if (unscaled(a, middle) < wanted) {
        low = middle;
      } else {
        high = middle;
      }
    }
  }

  /** B_x(a, a) = x^a·Σ (1 − a)_n/n!·x^n/(a + n), DLMF 8.17.7 with 15.2.1. */
  private static double unscaled(double a, double x) {
    double term = 1;
    double sum = 1 / a;
    for (int n = 1; n <= 64; n++) {
      term *= (n - a) / n * x;
      sum += term / (a + n);
    }
    return Math.pow(x, a) * sum;
  }
}
