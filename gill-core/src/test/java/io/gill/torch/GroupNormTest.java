package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.Device;
import io.gill.Precision;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GroupNormTest {
  private static final int GROUPS = 8;

  /**
   * Means of 5 with deviations of 0.01, as in channels of a UNet's innermost block. There E[x²] − E[x]² is wrong by 3
   * %, and by 100 % in the smallest case.
   */
  @ParameterizedTest
  @CsvSource({"1, 16, 1, 1", "2, 16, 3, 2", "2, 64, 40, 40"})
  void keepsItsDigitsInTheLayoutOfConvolutions(int n, int c, int h, int w) {
    Random random = new Random(7);
    float[] values = new float[n * c * h * w];
    for (int i = 0; i < values.length; i++) {
      values[i] = 5 + 0.01f * (float) random.nextGaussian();
    }
    float[] ones = new float[c];
    Arrays.fill(ones, 1);
    float[] actual = Scope.compute("normalising", () ->
        new GroupNorm(GROUPS, Tensor.of(ones, c), Tensor.zeros(Precision.FLOAT32, Device.CPU, c), 1e-5)
            .apply(Tensor.of(values, n, c, h, w).channelsLast()).toFloats());
    int size = c / GROUPS * h * w;
    for (int start = 0; start < values.length; start += size) {
      double mean = 0;
      double variance = 0;
      for (int i = start; i < start + size; i++) {
        mean += values[i] / (double) size;
      }
      for (int i = start; i < start + size; i++) {
        variance += Math.pow(values[i] - mean, 2) / size;
      }
      for (int i = start; i < start + size; i++) {
        double expected = (values[i] - mean) / Math.sqrt(variance + 1e-5);
        // A float near 5 is exact to 2.4e-7. Division by the deviation of 0.01 turns this into up to 5e-5.
        assertThat(Math.abs(actual[i] - expected)).as("element %s", i).isLessThan(3e-4);
      }
    }
  }
}
