package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmallFloatsTest {
  @Test
  void everyHalfIsNarrowedToItself() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float wide = SmallFloats.half((short) bits);
      if (Float.isNaN(wide)) {
        assertThat(SmallFloats.half(SmallFloats.toHalf(wide))).isNaN();
      } else {
        assertThat(SmallFloats.toHalf(wide)).isEqualTo((short) bits);
      }
    }
  }

  /** By definition, no half is closer, and the even one of two equally close ones is chosen. */
  @Test
  void narrowingTakesTheNearest() {
    Random random = new Random(3);
    for (int i = 0; i < 1_000_000; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      if (!(Math.abs(value) < 65504)) {
        continue;
      }
      short half = SmallFloats.toHalf(value);
      double error = error(half, value);
      for (int neighbour = (half & 0x7fff) - 1; neighbour <= (half & 0x7fff) + 1; neighbour += 2) {
        if (neighbour >= 0) {
          double other = error((short) (half & 0x8000 | neighbour), value);
          assertThat(error < other || (error == other && (half & 1) == 0)).as("%s", value).isTrue();
        }
      }
    }
  }

  private static double error(short half, float value) {
    return Math.abs((double) SmallFloats.half(half) - value);
  }

  @ParameterizedTest
  @CsvSource({
    "65504, 65504", "65519.99, 65504", "65520, Infinity", "-1e30, -Infinity", "5.9604645E-8, 5.9604645E-8",
    "2.9802322E-8, 0", "2.9802326E-8, 5.9604645E-8", "-0.0, -0.0", "Infinity, Infinity", "6.1035156E-5, 6.1035156E-5"})
  void theEndsOfTheRange(float value, float half) {
    assertThat(SmallFloats.half(SmallFloats.toHalf(value))).isEqualTo(half);
  }
}
