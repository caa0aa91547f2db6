package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Convolutions of small integers, whose results are exact. libtorch's own are wrong on AVX-512 CPUs. */
class Conv2dTest {
  @ParameterizedTest
  @CsvSource({"64, 112, 8, 1, 1, true", "16, 40, 2, 1, 1, true", "640, 1280, 16, 1, 1, true", "16, 40, 4, 1, 1, false",
      "24, 24, 2, 3, 1, false", "40, 8, 4, 3, 2, false", "24, 40, 4, 3, 1, true"})
  void channelsNeedNotFillABlock(int in, int out, int side, int kernel, int stride, boolean channelsLast) {
    Random random = new Random(in);
    float[] image = integers(random, in * side * side);
    float[] weight = integers(random, out * in * kernel * kernel);
    float[] bias = integers(random, out);
    int padding = kernel / 2;
    int outSide = (side + 2 * padding - kernel) / stride + 1;
    float[] actual = Scope.compute("a test", () -> {
      Tensor x = Tensor.of(image, 1, in, side, side);
      return (channelsLast ? x.channelsLast() : x)
          .conv2d(Tensor.of(weight, out, in, kernel, kernel), Tensor.of(bias, out), stride, padding).toFloats();
    });
    assertThat(actual).hasSize(out * outSide * outSide);
    for (int o = Math.max(0, out - 48); o < out; o++) { // the last channels
      for (int i = 0; i < outSide * outSide; i++) {
        int top = i / outSide * stride - padding;
        int left = i % outSide * stride - padding;
        float sum = bias[o];
        for (int k = 0; k < in * kernel * kernel; k++) {
          int y = top + k / kernel % kernel;
          int x = left + k % kernel;
          if (y >= 0 && y < side && x >= 0 && x < side) {
            sum += image[(k / (kernel * kernel) * side + y) * side + x] * weight[o * in * kernel * kernel + k];
          }
        }
        assertThat(actual[o * outSide * outSide + i]).as("channel %d, pixel %d", o, i).isEqualTo(sum);
      }
    }
  }

  private static float[] integers(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextInt(9) - 4;
    }
    return values;
  }
}
