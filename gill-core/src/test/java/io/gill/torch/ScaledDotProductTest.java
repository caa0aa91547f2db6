package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gill.Device;
import io.gill.Precision;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention of one query, against the formula. Axes: H query heads, K key heads, S positions, E width. */
class ScaledDotProductTest {
  private static final int WIDTH = 16;
  private static final double SCALE = 0.25;

  @ParameterizedTest
  @CsvSource({"4, 4, 20", "4, 2, 20", "4, 4, 383", "4, 4, 384", "6, 2, 500", "1, 1, 1000"})
  void oneQueryReadsAllPositions(int heads, int keyHeads, int positions) {
    Random random = new Random(positions);
    float[] q = gaussian(random, heads * WIDTH);
    float[] k = brain(gaussian(random, keyHeads * positions * WIDTH));
    float[] v = brain(gaussian(random, keyHeads * positions * WIDTH));
    for (Precision stored : new Precision[] {Precision.FLOAT32, Precision.BFLOAT16}) {
      assertOneQuery(heads, keyHeads, positions, q, k, v, stored);
    }
  }

  @ParameterizedTest
  @CsvSource({"4, 4, 20", "4, 2, 20", "4, 4, 383", "4, 4, 384", "6, 2, 500", "1, 1, 1000"})
  void oneQueryReadsSignedBytes(int heads, int keyHeads, int positions) {
    Random random = new Random(positions);
    float[] q = gaussian(random, heads * WIDTH);
    float[] k = gaussian(random, keyHeads * positions * WIDTH);
    float[] v = gaussian(random, keyHeads * positions * WIDTH);
    float[][] pair = Scope.compute("attending", () -> {
      ByteRows keys = bytes(k, keyHeads, positions);
      ByteRows values = bytes(v, keyHeads, positions);
      Tensor query = Tensor.of(q, 1, heads, 1, WIDTH);
      Tensor mixed = ScaledDotProduct.attention(query, keys, values, SCALE);
      assertThat(mixed.shape()).containsExactly(1, heads, 1, WIDTH);
      return new float[][] {mixed.toFloats(),
          ScaledDotProduct.attention(query, keys.toTensor(), values.toTensor(), null, false, SCALE).toFloats()};
    });
    for (int i = 0; i < pair[0].length; i++) {
      assertThat((double) pair[0][i]).as("number %d", i).isCloseTo(pair[1][i], within(2e-6));
    }
  }

  /** The cache has more room than positions. */
  private static ByteRows bytes(float[] numbers, int keyHeads, int positions) {
    ByteRows rows = ByteRows.zeros(1, keyHeads, positions + 7L, WIDTH).narrow(2, 0, positions);
    rows.copyFrom(Tensor.of(numbers, 1, keyHeads, positions, WIDTH));
    return rows;
  }

  private static void assertOneQuery(
      int heads, int keyHeads, int positions, float[] q, float[] k, float[] v, Precision stored) {
    float[] actual = Scope.compute("attending", () -> {
      // The cache has more room than positions, so its part is not contiguous.
      Tensor keys = Tensor.zeros(stored, Device.CPU, 1, keyHeads, positions + 7L, WIDTH);
      Tensor values = keys.copy();
      keys.narrow(2, 0, positions).copyFrom(Tensor.of(k, 1, keyHeads, positions, WIDTH));
      values.narrow(2, 0, positions).copyFrom(Tensor.of(v, 1, keyHeads, positions, WIDTH));
      Tensor mixed = ScaledDotProduct.attention(Tensor.of(q, 1, heads, 1, WIDTH), keys.narrow(2, 0, positions),
          values.narrow(2, 0, positions), null, false, SCALE);
      assertThat(mixed.shape()).containsExactly(1, heads, 1, WIDTH);
      return mixed.toFloats();
    });
    for (int head = 0; head < heads; head++) {
      int start = head * keyHeads / heads * positions * WIDTH;
      double[] weights = new double[positions];
      double sum = 0;
      for (int s = 0; s < positions; s++) {
        double logit = 0;
        for (int e = 0; e < WIDTH; e++) {
          logit += q[head * WIDTH + e] * k[start + s * WIDTH + e];
        }
        weights[s] = Math.exp(logit * SCALE);
        sum += weights[s];
      }
      for (int e = 0; e < WIDTH; e++) {
        double expected = 0;
        for (int s = 0; s < positions; s++) {
          expected += weights[s] / sum * v[start + s * WIDTH + e];
        }
        assertThat((double) actual[head * WIDTH + e]).as("head %d, channel %d", head, e)
            .isCloseTo(expected, within(2e-6));
      }
    }
  }

  /** Rounds numbers to those that 16 bits represent. */
  private static float[] brain(float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(Float.floatToIntBits(values[i]) & 0xffff0000);
    }
    return values;
  }

  private static float[] gaussian(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
