package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.testsupport.Reference;
import io.gill.weights.TensorFile;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FrechetDistanceTest {
  private static final double RELATIVE = 1e-6;

  /** The two official implementations differ by 1.5e-8 here; the tolerance is the one of the reference data. */
  private static final double RELATIVE_IF_SINGULAR = 1e-4;

  @Test
  void distancesEqualThoseOfPytorchFid() throws Exception {
    int compared = 0;
    try (TensorFile file =
        TensorFile.open(Reference.path("..", "reference-2", "golden", "metrics", "metrics.safetensors"))) {
      for (JsonNode item : Golden.read("metrics.json").get("fid").get("cases")) {
        FeatureStatistics x = statistics(file, item.get("x").asText());
        FeatureStatistics y = statistics(file, item.get("y").asText());
        double expected = item.get("pytorch_fid").asDouble();
        boolean singular = !item.get("note").asText().isEmpty();
        double limit = expected * (singular ? RELATIVE_IF_SINGULAR : RELATIVE);
        assertThat(FrechetDistance.between(x.mean(), x.covariance(), y.mean(), y.covariance()))
            .isCloseTo(expected, within(limit));
        if (x.count() > x.width()) {
          assertThat(FrechetDistance.between(x, y)).isCloseTo(expected, within(limit));
        } else {
          assertThatThrownBy(() -> FrechetDistance.between(x, y)).hasMessage("the first set has " + x.count()
              + " pictures; a distance of " + x.width() + " features needs more than " + x.width());
        }
        compared++;
      }
    }
    assertThat(compared).isEqualTo(5);
  }

  @Test
  void distanceToItselfIsZero() {
    FeatureStatistics statistics = new FeatureStatistics(2);
    for (float[] features : new float[][] {{1000, 1}, {1001, 3}, {1003, 2}}) {
      statistics.add(features);
    }
    assertThat(FrechetDistance.between(statistics, statistics)).isCloseTo(0, within(1e-9));
  }

  @Test
  void aPartIsLeftOut() {
    float[][] vectors = {{1000, 1}, {1001, 3}, {1003, 2}, {998, 7}, {1002, -1}};
    FeatureStatistics all = new FeatureStatistics(2);
    FeatureStatistics others = new FeatureStatistics(2);
    for (int i = 0; i < vectors.length; i++) {
      all.add(vectors[i]);
      if (i != 0 && i != 3) {
        others.add(vectors[i]);
      }
    }
    FeatureStatistics part = all.part();
    part.add(vectors[0]);
    part.add(vectors[3]);
    FeatureStatistics rest = all.without(part);
    assertThat(rest.count()).isEqualTo(3);
    assertThat(rest.mean()).containsExactly(others.mean(), within(1e-12));
    for (int i = 0; i < 2; i++) {
      assertThat(rest.covariance()[i]).containsExactly(others.covariance()[i], within(1e-12));
    }
    assertThat(all.count()).isEqualTo(5);
    assertThatThrownBy(() -> all.without(others)).hasMessage("3 vectors are no part of these 5");
    assertThatThrownBy(() -> new FeatureStatistics(2).part())
        .hasMessage("at least 1 feature vectors are needed, but there are 0");
  }

  @Test
  void invalidFeaturesAreRejected() {
    FeatureStatistics two = new FeatureStatistics(2);
    assertThatThrownBy(two::mean).hasMessage("at least 1 feature vectors are needed, but there are 0");
    assertThatThrownBy(() -> two.add(new float[3])).hasMessage("picture 0 has 3 features, not 2");
    assertThatThrownBy(() -> two.add(new float[] {0, Float.NaN})).hasMessage("feature 1 of picture 0 is NaN");
    assertThatThrownBy(() -> FrechetDistance.between(two, new FeatureStatistics(3))).hasMessage(
        "the first set has 2 features per picture, the second 3: use the same extractor");
    assertThatThrownBy(() -> FrechetDistance.between(
        new double[] {0}, new double[][] {{Double.NaN}}, new double[] {0}, new double[][] {{1}}))
        .hasMessage("the statistics contain NaN");
  }

  private static FeatureStatistics statistics(TensorFile file, String name) {
    long[] shape = file.get(name).shape();
    float[] values = file.get(name).toFloatArray();
    int width = (int) shape[1];
    FeatureStatistics statistics = new FeatureStatistics(width);
    for (int i = 0; i < shape[0]; i++) {
      statistics.add(Arrays.copyOfRange(values, i * width, (i + 1) * width));
    }
    return statistics;
  }
}
