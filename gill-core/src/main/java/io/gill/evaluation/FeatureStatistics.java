package io.gill.evaluation;

import com.google.common.primitives.Doubles;
import com.google.common.primitives.Floats;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Mean and covariance of the feature vectors of a set of pictures, collected one by one. Memory grows with the square
 * of the width, not with the number of pictures. Not thread-safe.
 */
public final class FeatureStatistics {
  private final int width;
  private final double[] sums;
  private final double[][] products; // upper triangle
  private double @Nullable [] origin; // the first vector, near the mean, against cancellation
  private long count;

  /**
   * Creates statistics without vectors.
   *
   * @param width number of features, 2048 for FID
   * @throws IllegalArgumentException if the width is below 1
   */
  public FeatureStatistics(int width) {
    if (width < 1) {
      throw new IllegalArgumentException("a feature vector has at least 1 feature, not " + width);
    }
    this.width = width;
    sums = new double[width];
    products = new double[width][width];
  }

  /**
   * Adds the features of a picture.
   *
   * @param features as many features as the width
   * @throws IllegalArgumentException if the number of features differs, or one is NaN or infinite
   */
  public void add(float[] features) {
    if (features.length != width) {
      throw new IllegalArgumentException(
          "picture " + count + " has " + features.length + " features, not " + width);
    }
    for (int i = 0; i < width; i++) {
      if (!Float.isFinite(features[i])) {
        throw new IllegalArgumentException("feature " + i + " of picture " + count + " is " + features[i]);
      }
    }
    double[] from = origin == null ? Doubles.toArray(Floats.asList(features)) : origin;
    origin = from;
    double[] difference = new double[width];
    for (int i = 0; i < width; i++) {
      difference[i] = features[i] - from[i];
      sums[i] += difference[i];
    }
    for (int i = 0; i < width; i++) {
      double[] row = products[i];
      double factor = difference[i];
      for (int j = i; j < width; j++) {
        row[j] += factor * difference[j];
      }
    }
    count++;
  }

  /**
   * Returns statistics without vectors, for some of the vectors of these statistics, which {@link #without} then leaves
   * out.
   *
   * @return the statistics
   * @throws IllegalStateException if these statistics have no vectors
   */
  public FeatureStatistics part() {
    require(1);
    FeatureStatistics part = new FeatureStatistics(width);
    part.origin = origin;
    return part;
  }

  /**
   * Returns the statistics of all vectors but some. Neither statistics change.
   *
   * @param part statistics of {@link #part()}, to which some of these vectors were added
   * @return the statistics of the others
   * @throws IllegalArgumentException if they are not a part of these, or have more vectors
   */
  public FeatureStatistics without(FeatureStatistics part) {
    if (origin == null || part.origin != origin || part.count > count) {
      throw new IllegalArgumentException(part.count + " vectors are no part of these " + count);
    }
    FeatureStatistics rest = part();
    for (int i = 0; i < width; i++) {
      rest.sums[i] = sums[i] - part.sums[i];
      for (int j = i; j < width; j++) {
        rest.products[i][j] = products[i][j] - part.products[i][j];
      }
    }
    rest.count = count - part.count;
    return rest;
  }

  /**
   * Returns the number of vectors.
   *
   * @return the count
   */
  public long count() {
    return count;
  }

  /**
   * Returns the number of features of a vector.
   *
   * @return the width
   */
  public int width() {
    return width;
  }

  /**
   * Returns the mean.
   *
   * @return one number per feature
   * @throws IllegalStateException if there are no vectors
   */
  public double[] mean() {
    require(1);
    double[] from = Objects.requireNonNull(origin);
    double[] mean = new double[width];
    Arrays.setAll(mean, i -> from[i] + sums[i] / count);
    return mean;
  }

  /**
   * Returns the unbiased covariance.
   *
   * @return a symmetric matrix
   * @throws IllegalStateException if there are fewer than two vectors
   */
  public double[][] covariance() {
    require(2);
    double[][] covariance = new double[width][width];
    for (int i = 0; i < width; i++) {
      for (int j = i; j < width; j++) {
        covariance[i][j] = (products[i][j] - sums[i] * sums[j] / count) / (count - 1);
        covariance[j][i] = covariance[i][j];
      }
    }
    return covariance;
  }

  private void require(int vectors) {
    if (count < vectors) {
      throw new IllegalStateException("at least " + vectors + " feature vectors are needed, but there are " + count);
    }
  }
}
