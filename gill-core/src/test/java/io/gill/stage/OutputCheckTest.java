package io.gill.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.Precision;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutputCheckTest {
  private final OutputCheck check = new OutputCheck("some stage", Precision.FLOAT32);

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void oneBadNumberIsFoundAtEveryIndex(float bad) {
    for (int length = 1; length <= 20; length++) {
      for (int i = 0; i < length; i++) {
        float[] values = new float[length];
        Arrays.fill(values, -Float.MAX_VALUE);
        assertThat(check.finite("output", values)).isSameAs(values);
        values[i] = bad;
        assertThatThrownBy(() -> check.finite("output", values)).isInstanceOf(GillException.class)
            .hasMessageStartingWith("some stage: " + bad + " at index " + i + " of the output: ");
        float[][] rows = {{0}, values};
        assertThatThrownBy(() -> check.finite("output", rows))
            .hasMessageStartingWith("some stage: " + bad + " at row 1, index " + i + " of the output: ");
      }
    }
  }

  @Test
  void twoInfinitiesThatCancelOutAreFound() {
    assertThatThrownBy(() -> check.finite("output", new float[] {1, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}))
        .isInstanceOf(GillException.class);
  }

  @Test
  void logarithmsMayBeNegativeInfinityAndTheFirstMayBeUnknown() {
    float[] values = {Float.NaN, Float.NEGATIVE_INFINITY, 1};
    assertThat(check.logarithms("logits", values, 1)).isSameAs(values);
    assertThatThrownBy(() -> check.logarithms("logits", values, 0)).hasMessageContaining("NaN at index 0");
    values[2] = Float.POSITIVE_INFINITY;
    assertThatThrownBy(() -> check.logarithms("logits", values, 1)).hasMessageContaining("Infinity at index 2");
  }

  @Test
  void theAdviceDependsOnThePrecision() {
    assertThatThrownBy(() -> new OutputCheck("x", Precision.FLOAT16).finite("score", Double.NaN))
        .hasMessageContaining("load with Precision.BFLOAT16 or FLOAT32");
    for (Precision precision : new Precision[] {Precision.FLOAT32, Precision.BFLOAT16}) {
      assertThatThrownBy(() -> new OutputCheck("x", precision).finite("score", Double.NaN))
          .hasMessageContaining("damaged").hasMessageNotContaining("FLOAT16");
    }
    assertThatThrownBy(() -> new OutputCheck("x").finite("score", Double.NaN))
        .hasMessageContaining("damaged").hasMessageContaining("16-bit");
  }

  @Test
  void anotherShapeIsNamed() {
    assertThatThrownBy(() -> check.sized("logits", new float[3], 4)).isInstanceOf(GillException.class)
        .hasMessageContaining("3 numbers instead of 4 in the logits");
    assertThatThrownBy(() -> check.sized("states", new float[2][4], 3, 4))
        .hasMessageContaining("2 rows instead of 3 in the states");
    assertThatThrownBy(() -> check.sized("states", new float[][] {{1}, {1, 2}}, 2, 1))
        .hasMessageContaining("2 numbers instead of 1 in the states");
    check.sized("states", new float[][] {{1}, {1, 2}}, 2, -1);
  }
}
