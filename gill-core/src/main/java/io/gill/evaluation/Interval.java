package io.gill.evaluation;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A confidence interval.
 *
 * @param low the lower end
 * @param high the upper end
 */
public record Interval(double low, double high) {
  private static final int RESAMPLES = 1000;
  private static final double TAIL = 0.025;

  /**
   * Returns the 95 % interval of a mean by the percentile bootstrap (Efron 1979) with 1,000 resamples.
   *
   * @param scores score of each item
   * @param seed selects the resamples; the same seed and scores give the same interval
   * @return the interval
   * @throws IllegalArgumentException if there are no scores
   */
  public static Interval ofMean(List<Double> scores, long seed) {
    Items.requireSome(scores);
    double[] values = scores.stream().mapToDouble(Double::doubleValue).toArray();
    Random random = new Random(seed);
    double[] means = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      double sum = 0;
      for (int j = 0; j < values.length; j++) {
        sum += values[random.nextInt(values.length)];
      }
      means[i] = sum / values.length;
    }
    Arrays.sort(means);
    int cut = (int) (TAIL * RESAMPLES);
    return new Interval(means[cut], means[RESAMPLES - 1 - cut]);
  }
}
