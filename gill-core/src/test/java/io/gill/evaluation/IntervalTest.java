package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IntervalTest {
  /** For a mean, the jackknife's standard error is that of the mean of the groups' means. */
  @Test
  void theJackknifeOfAMeanIsStudentsInterval() {
    Random random = new Random(1);
    double[] groups = random.doubles(Interval.GROUPS).toArray();
    double sum = Arrays.stream(groups).sum();
    double mean = sum / groups.length;
    double[] leftOut = Arrays.stream(groups).map(group -> (sum - group) / (groups.length - 1)).toArray();
    double variance = Arrays.stream(groups).map(group -> (group - mean) * (group - mean)).sum() / (groups.length - 1);
    double half = 2.093024 * Math.sqrt(variance / groups.length);
    Interval interval = Interval.ofJackknife(mean, leftOut);
    assertThat(interval.low()).isCloseTo(mean - half, within(1e-12));
    assertThat(interval.high()).isCloseTo(mean + half, within(1e-12));
    assertThatThrownBy(() -> Interval.ofJackknife(mean, new double[19]))
        .hasMessage("a jackknife takes 20 groups, not 19");
  }

  /** Nineteen of twenty intervals of FID should hold its value for many pictures; here they are for 5 features. */
  @Test
  void theJackknifeOfADistanceHoldsItsExpectation() {
    int held = 0;
    double expected = 0;
    List<Interval> intervals = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Random random = new Random(i);
      Sets sets = new Sets(random, 400);
      intervals.add(Interval.ofJackknife(sets.distance(), sets.leftOut()));
      expected += sets.distance() / 200;
    }
    for (Interval interval : intervals) {
      held += interval.low() < expected && expected < interval.high() ? 1 : 0;
    }
    assertThat(held).isBetween(180, 199);
  }

  /** Two sets of pictures and the groups of their features. */
  private static final class Sets {
    private final FeatureStatistics first = new FeatureStatistics(5);
    private final FeatureStatistics second = new FeatureStatistics(5);
    private final List<float[]> features = new ArrayList<>();

    Sets(Random random, int count) {
      for (int i = 0; i < count; i++) {
        features.add(vector(random, 0));
        features.add(vector(random, 0.5f));
        first.add(features.get(2 * i));
        second.add(features.get(2 * i + 1));
      }
    }

    private static float[] vector(Random random, float mean) {
      float[] vector = new float[5];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = 100 + mean + (float) random.nextGaussian();
      }
      return vector;
    }

    double distance() {
      return FrechetDistance.between(first, second);
    }

    double[] leftOut() {
      double[] distances = new double[Interval.GROUPS];
      for (int group = 0; group < distances.length; group++) {
        FeatureStatistics ofFirst = first.part();
        FeatureStatistics ofSecond = second.part();
        for (int i = group; i < features.size() / 2; i += Interval.GROUPS) {
          ofFirst.add(features.get(2 * i));
          ofSecond.add(features.get(2 * i + 1));
        }
        distances[group] = FrechetDistance.between(first.without(ofFirst), second.without(ofSecond));
      }
      return distances;
    }
  }
}
