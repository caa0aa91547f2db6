package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.Device;
import io.gill.Precision;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FastestPrecisionTest {
  @ParameterizedTest
  @CsvSource({"100, 79, BFLOAT16", "100, 81, FLOAT32", "100, 500, FLOAT32"})
  void sixteenBitsMustBeWorthTheirRounding(long wide, long narrow, Precision fastest) {
    assertThat(FastestPrecision.choose(Map.of(Precision.FLOAT32, wide, Precision.BFLOAT16, narrow)))
        .isEqualTo(fastest);
  }

  @Test
  void isMeasuredOnce() {
    long before = Tensor.live();
    Precision fastest = FastestPrecision.on(Device.CPU);
    assertThat(fastest).isIn(Precision.FLOAT32, Precision.BFLOAT16).isSameAs(FastestPrecision.on(Device.CPU));
    assertThat(Tensor.live()).isEqualTo(before);
  }
}
