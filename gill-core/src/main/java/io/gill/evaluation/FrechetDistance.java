package io.gill.evaluation;

import io.gill.torch.SymmetricMatrices;

/**
 * The Fréchet distance of two normal distributions (Heusel et al. 2017): ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2√(Σ₁Σ₂)). It is FID
 * if the features are those of Inception's last pooling layer.
 */
public final class FrechetDistance {
  private FrechetDistance() {}

  /**
   * Returns the distance of two sets of pictures.
   *
   * @param first features of the first set
   * @param second features of the second set
   * @return the distance, 0 for equal distributions
   * @throws IllegalArgumentException if the widths differ, or a set does not have more pictures than features
   */
  public static double between(FeatureStatistics first, FeatureStatistics second) {
    requireSameWidth(first.width(), second.width());
    requireEnough("first", first);
    requireEnough("second", second);
    return between(first.mean(), first.covariance(), second.mean(), second.covariance());
  }

  /**
   * Returns the distance of two distributions, whose covariances may be singular.
   *
   * @param mean1 (n)
   * @param covariance1 (n, n)
   * @param mean2 (n)
   * @param covariance2 (n, n)
   * @return the distance
   * @throws IllegalArgumentException if the sizes differ, or a number is NaN or infinite
   */
  public static double between(double[] mean1, double[][] covariance1, double[] mean2, double[][] covariance2) {
    requireSameWidth(mean1.length, mean2.length);
    check(mean1, covariance1);
    check(mean2, covariance2);
    double sum = 0;
    for (int i = 0; i < mean1.length; i++) {
      double difference = mean1[i] - mean2[i];
      sum += difference * difference + covariance1[i][i] + covariance2[i][i];
    }
    return sum - 2 * SymmetricMatrices.traceOfRootOfProduct(covariance1, covariance2);
  }

  private static void requireSameWidth(int first, int second) {
    if (first != second) {
      throw new IllegalArgumentException(
          "the first set has " + first + " features per picture, the second " + second + ": use the same extractor");
    }
  }

  private static void requireEnough(String which, FeatureStatistics statistics) {
    if (statistics.count() <= statistics.width()) {
      throw new IllegalArgumentException("the " + which + " set has " + statistics.count() + " pictures; a distance of "
          + statistics.width() + " features needs more than " + statistics.width());
    }
  }

  private static void check(double[] mean, double[][] covariance) {
    requireFinite(mean);
    if (covariance.length != mean.length) {
      throw new IllegalArgumentException(
          "the covariance has " + covariance.length + " rows for " + mean.length + " features");
    }
    for (double[] row : covariance) {
      if (row.length != mean.length) {
        throw new IllegalArgumentException(
            "a row of the covariance has " + row.length + " numbers for " + mean.length + " features");
      }
      requireFinite(row);
    }
  }

  private static void requireFinite(double[] values) {
    for (double value : values) {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("the statistics contain " + value);
      }
    }
  }
}
