package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gill.Precision;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products of small integers, which are exact in 32 bits. Axes: M rows, K columns, N outputs. */
class MatrixProductTest {
  @ParameterizedTest
  @CsvSource({"1, 64, 48", "1, 2048, 1000", "2, 4096, 2500", "4, 4096, 1301", "5, 2048, 2050", "64, 300, 1025",
      "64, 2048, 1100", "700, 196, 130", "3, 2048, 1100", "3, 1, 1", "1, 1, 3"})
  void partsMakeTheWholeProduct(int m, int k, int n) {
    Random random = new Random(m);
    float[] x = integers(random, m * k);
    float[] w = integers(random, n * k);
    float[] b = integers(random, n);
    float[] expected = new float[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        float sum = b[j];
        for (int c = 0; c < k; c++) {
          sum += x[i * k + c] * w[j * k + c];
        }
        expected[i * n + j] = sum;
      }
    }
    long before = Tensor.live();
    for (Precision precision : Precision.values()) {
      Scope.compute("a test", () -> {
        Tensor rows = Tensor.of(x, m, k).to(precision);
        Tensor weight = Tensor.of(w, n, k).to(precision);
        Tensor bias = Tensor.of(b, n).to(precision);
        assertThat(rows.linear(weight, bias).is(precision)).isTrue();
        assertProduct(precision, rows.linear(weight, bias).toFloats(), expected);
        Tensor turned = Tensor.of(x, m, k).transpose(0, 1).contiguous().transpose(0, 1).to(precision); // not contiguous
        assertProduct(precision, turned.linear(weight, bias).toFloats(), expected);
        Tensor without = rows.reshape(1, m, 1, k).linear(weight, null);
        assertThat(without.shape()).containsExactly(1, m, 1, n);
        assertProduct(precision, without.add(bias).toFloats(), expected);
        return 0;
      });
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  /** Sums are computed in 32 bits, where they are exact, and rounded once or, with a separate bias, twice. */
  private static void assertProduct(Precision precision, float[] actual, float[] expected) {
    float step = precision == Precision.FLOAT32 ? 0 : precision == Precision.FLOAT16 ? 0x1p-10f : 0x1p-7f;
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).as("%s, element %d", precision, i)
          .isCloseTo(expected[i], within(step * (Math.abs(expected[i]) + 10)));
    }
  }

  private static float[] integers(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextInt(7) - 3;
    }
    return values;
  }
}
