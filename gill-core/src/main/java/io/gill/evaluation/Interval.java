package io.gill.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * A confidence interval.
 *
 * @param low the lower end
 * @param high the upper end
 */
public record Interval(double low, double high) {
  /** Groups of a jackknife. */
  public static final int GROUPS = 20;

  private static final int RESAMPLES = 1000;
  private static final double TAIL = 0.025;

  /** The 97.5 % quantile of Student's distribution with 19 degrees of freedom. */
  private static final double STUDENT = 2.093024;

  /**
   * Returns the 95 % interval of a mean by the percentile bootstrap (Efron 1979) with 1,000 resamples.
   *
   * @param scores score of each item
   * @param seed selects the resamples; the same seed and scores give the same interval
   * @return the interval
   * @throws IllegalArgumentException if there are no scores
   */
  public static Interval ofMean(List<Double> scores, long seed) {
    return of(scores, some -> some.stream().mapToDouble(Double::doubleValue).sum() / some.size(), seed);
  }

  /**
   * Returns the 95 % interval of any statistic by the percentile bootstrap with 1,000 resamples.
   *
   * @param items the items
   * @param statistic computes the statistic of a resample, a list of the same size in which items may repeat
   * @param seed selects the resamples; the same arguments give the same interval
   * @param <T> type of an item
   * @return the interval
   * @throws IllegalArgumentException if there are no items
   */
  public static <T> Interval of(List<T> items, ToDoubleFunction<List<T>> statistic, long seed) {
    Items.requireSome(items);
    Random random = new Random(seed);
    double[] values = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      List<T> some = new ArrayList<>(items.size());
      for (int j = 0; j < items.size(); j++) {
        some.add(items.get(random.nextInt(items.size())));
      }
      values[i] = statistic.applyAsDouble(some);
    }
    Arrays.sort(values);
    int cut = (int) (TAIL * RESAMPLES);
    return new Interval(values[cut], values[RESAMPLES - 1 - cut]);
  }

  /**
   * Returns the 95 % interval of a statistic by the jackknife over groups (Tukey 1958): value ± t·√((g − 1)/g·Σ(vᵢ −
   * v̄)²), where vᵢ is the value without group i of g groups, and t the quantile of Student's distribution with g − 1
   * degrees of freedom. It suits a statistic that repeated items would distort, or that is slow to compute.
   *
   * @param value the value of all items
   * @param leftOut the value without each group of items; 20 groups of about the same size
   * @return the interval
   * @throws IllegalArgumentException if there are not 20 groups
   */
  public static Interval ofJackknife(double value, double[] leftOut) {
    if (leftOut.length != GROUPS) {
      throw new IllegalArgumentException("a jackknife takes " + GROUPS + " groups, not " + leftOut.length);
    }
    double mean = Arrays.stream(leftOut).average().orElseThrow();
    double squares = Arrays.stream(leftOut).map(one -> (one - mean) * (one - mean)).sum();
    double half = STUDENT * Math.sqrt(squares * (GROUPS - 1) / GROUPS);
    return new Interval(value - half, value + half);
  }
}
