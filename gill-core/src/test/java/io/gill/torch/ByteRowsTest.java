package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gill.Precision;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ByteRowsTest {
  private static final int ROWS = 50;
  private static final int WIDTH = 16;

  @ParameterizedTest
  @EnumSource(Precision.class)
  void aNumberChangesByHalfAStepOfItsRowAtMost(Precision precision) {
    long before = Tensor.live();
    Random random = new Random(3);
    float[] numbers = new float[ROWS * WIDTH];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (random.nextGaussian() * Math.pow(10, i / WIDTH % 5 - 2.0)); // small rows and large ones
    }
    float[][] pair = Scope.compute("rounding", () -> {
      Tensor source = Tensor.of(numbers, ROWS, WIDTH).to(precision);
      ByteRows rows = ByteRows.zeros(ROWS, WIDTH);
      rows.copyFrom(source);
      assertThat(rows.bytes().byteCount()).isEqualTo(ROWS * WIDTH);
      assertThat(rows.scales().byteCount()).isEqualTo(ROWS * 4);
      return new float[][] {source.to(Precision.FLOAT32).toFloats(), rows.toTensor().toFloats()};
    });
    for (int row = 0; row < ROWS; row++) {
      double largest = 0;
      for (int i = row * WIDTH; i < (row + 1) * WIDTH; i++) {
        largest = Math.max(largest, Math.abs(pair[0][i]));
      }
      for (int i = row * WIDTH; i < (row + 1) * WIDTH; i++) {
        assertThat((double) pair[1][i]).isCloseTo(pair[0][i], within(largest / 127 * 0.5001));
      }
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void zerosStayZerosAndRowsThatAreNotFiniteBecomeNaN() {
    float[] rounded = Scope.compute("rounding", () -> {
      ByteRows rows = ByteRows.zeros(5, 2);
      rows.copyFrom(Tensor.of(new float[] {
          0, -0.0f, Float.MIN_VALUE, 0, 1, Float.NaN, Float.POSITIVE_INFINITY, 1, -2, 254e-3f}, 5, 2));
      return rows.toTensor().toFloats();
    });
    assertThat(rounded[0]).isZero();
    assertThat(rounded[1]).isZero();
    assertThat(rounded[2]).isCloseTo(0, within(Float.MIN_NORMAL));
    assertThat(rounded[3]).isZero();
    assertThat(rounded[4]).isNaN();
    assertThat(rounded[5]).isNaN();
    assertThat(rounded[6]).isNaN();
    assertThat(rounded[7]).isNaN();
    assertThat(rounded[8]).isEqualTo(-2);
    assertThat(rounded[9]).isCloseTo(16 * 2f / 127, within(1e-6f));
  }
}
