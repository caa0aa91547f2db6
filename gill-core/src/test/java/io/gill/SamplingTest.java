package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("no-natives")
class SamplingTest {
  @Test
  void theNucleusIsTheFewestTokensThatExceedTopPTogether() {
    Random random = new Random(3);
    for (double topP : new double[] {0.05, 0.5, 0.9, 0.999}) {
      float[] logits = new float[1000];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = Math.round(random.nextGaussian() * 8) / 2f; // many equal ones, both signs and both zeros
      }
      logits[7] = Float.NEGATIVE_INFINITY;
      double[] all = new Sampling(0.8, 1).probabilities(logits);
      int[] order = IntStream.range(0, all.length).boxed()
          .sorted(Comparator.comparingDouble(i -> -all[i]))
          .mapToInt(Integer::intValue).toArray();
      double[] nucleus = new Sampling(0.8, topP).probabilities(logits);
      double before = 0;
      for (int id : order) {
        assertThat(nucleus[id] > 0).as("token " + id).isEqualTo(before <= topP && all[id] > 0);
        before += all[id];
      }
      assertThat(IntStream.range(0, nucleus.length).mapToDouble(i -> nucleus[i]).sum())
          .isCloseTo(1, Offset.offset(1e-9));
    }
  }

  /** The nucleus is taken from the top k, as transformers' processors do one after the other. */
  @Test
  void theTopKAreKeptAndTheNucleusIsTakenFromThem() {
    float[] logits = new float[] {4, 3, 2, 1, 0, 2}; // 0.612, 0.225, 0.083, 0.030, 0.011, 0.083
    for (int k = 0; k <= 8; k++) {
      double[] kept = new Sampling(1, 1, k).probabilities(logits.clone());
      assertThat(IntStream.range(0, 6).filter(i -> kept[i] > 0)).as("k = " + k)
          .containsExactlyElementsOf(switch (k) {
            case 1 -> List.of(0);
            case 2 -> List.of(0, 1);
            case 3 -> List.of(0, 1, 2); // of equal ones, the lower id
            case 4 -> List.of(0, 1, 2, 5);
            case 5 -> List.of(0, 1, 2, 3, 5);
            default -> List.of(0, 1, 2, 3, 4, 5);
          });
      assertThat(DoubleStream.of(kept).sum()).isCloseTo(1, Offset.offset(1e-12));
    }
    assertThat(new Sampling(1, 0.7).probabilities(logits.clone())[2]).isZero();
    assertThat(new Sampling(1, 0.7, 2).probabilities(logits.clone())[1]).isZero(); // 0.612 of 0.837 exceeds 0.7
    assertThat(new Sampling(1, 0.7).probabilities(logits.clone())[1]).isPositive();
    assertThatThrownBy(() -> new Sampling(1, 1, -1)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("topK is -1");
  }

  @Test
  void theSameSeedDrawsTheSameTokensAndForbiddenOnesNever() {
    float[] logits = {1, Float.NEGATIVE_INFINITY, 2, 3};
    Sampler sampler = Sampler.nucleus(2, 1);
    SplittableRandom a = new SplittableRandom(9);
    SplittableRandom b = new SplittableRandom(9);
    for (int i = 0; i < 200; i++) {
      int token = sampler.sample(logits.clone(), a);
      assertThat(token).isNotEqualTo(1).isEqualTo(sampler.sample(logits.clone(), b));
    }
    assertThat(Sampler.greedy().sample(new float[] {1, 5, 5}, a)).isEqualTo(1);
  }
}
