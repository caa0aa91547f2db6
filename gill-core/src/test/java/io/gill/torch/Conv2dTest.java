package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.Device;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Convolutions of small integers, whose results and gradients are exact. libtorch's own are wrong on AVX2 and on
 * AVX-512 CPUs. Axes: N images, C input channels, O output channels, H×H pixels, K×K kernel, P×P output pixels.
 */
class Conv2dTest {
  private static final int BATCH = 2;

  /** Number of output channels that count, the last ones: all of 1,280 would take long. */
  private static final int COUNTED = 128;

  /**
   * Sizes of a convolution.
   *
   * @param in C
   * @param out O
   * @param side H
   * @param kernel K
   */
  private record Shape(int in, int out, int side, int kernel, int stride, int padding) {
    int outSide() {
      return (side + 2 * padding - kernel) / stride + 1;
    }

    int outSize() {
      return BATCH * out * outSide() * outSide();
    }

    /** Output channel of an element of the result. */
    int channel(int element) {
      return element / (outSide() * outSide()) % out;
    }

    boolean counts(int element) {
      return channel(element) >= out - COUNTED;
    }
  }

  /**
   * A convolution, and the gradients of Σ slope · result.
   *
   * @param result (N, O, P, P), zero where a channel does not count
   * @param image (N, C, H, H)
   * @param weight (O, C, K, K)
   * @param bias (O)
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier between two methods, never compared
  private record Outcome(float[] result, float[] image, float[] weight, float[] bias) {}

  @ParameterizedTest
  @CsvSource({"64, 112, 8, 1, 1, 0", "640, 1280, 16, 1, 1, 0", "24, 112, 7, 1, 2, 0", "64, 112, 8, 1, 2, 0",
      "24, 112, 8, 1, 2, 1", "64, 112, 8, 1, 1, 1", "24, 24, 2, 3, 1, 1", "40, 8, 4, 3, 2, 1", "24, 40, 4, 3, 1, 1",
      "16, 24, 4, 3, 1, 1", "112, 24, 4, 3, 1, 1", "8, 40, 4, 3, 2, 1", "3, 3, 4, 3, 1, 1", "48, 48, 4, 3, 2, 1",
      "16, 40, 2, 3, 1, 1", "16, 80, 9, 3, 1, 1", "16, 256, 1, 3, 1, 1", "16, 320, 2, 3, 2, 1"})
  void channelsNeedNotFillABlock(int in, int out, int side, int kernel, int stride, int padding) {
    Shape shape = new Shape(in, out, side, kernel, stride, padding);
    Random random = new Random(in);
    float[] image = integers(random, BATCH * in * side * side);
    float[] weight = integers(random, out * in * kernel * kernel);
    float[] bias = integers(random, out);
    float[] slope = integers(random, shape.outSize());
    for (int i = 0; i < slope.length; i++) {
      slope[i] = shape.counts(i) ? slope[i] : 0;
    }
    check(shape, image, weight, bias, slope);
    check(shape, image, weight, null, slope);
  }

  private static void check(Shape shape, float[] image, float[] weight, float @Nullable [] bias, float[] slope) {
    Outcome expected = expected(shape, image, weight, bias, slope);
    for (int layout = 0; layout < 4; layout++) {
      boolean imageLast = layout % 2 == 1;
      boolean weightLast = layout / 2 == 1;
      Outcome actual = actual(shape, image, weight, bias, slope, imageLast, weightLast);
      String name = "channels-last image %s, channels-last weight %s, bias %s: %%s"
          .formatted(imageLast, weightLast, bias != null);
      assertThat(actual.result).as(name, "result").isEqualTo(expected.result);
      assertThat(actual.image).as(name, "gradient of the image").isEqualTo(expected.image);
      assertThat(actual.weight).as(name, "gradient of the weight").isEqualTo(expected.weight);
      assertThat(actual.bias).as(name, "gradient of the bias").isEqualTo(bias == null ? new float[0] : expected.bias);
    }
  }

  private static Outcome actual(Shape shape, float[] image, float[] weight, float @Nullable [] bias, float[] slope,
      boolean imageLast, boolean weightLast) {
    try (Parameters parameters = Parameters.on(Device.CPU)) {
      Tensor x = parameters.add("x", image, BATCH, shape.in, shape.side, shape.side);
      Tensor w = parameters.add("w", weight, shape.out, shape.in, shape.kernel, shape.kernel);
      Tensor b = bias == null ? null : parameters.add("b", bias, shape.out);
      float[] recorded = Scope.record("a convolution", () -> {
        Tensor y = convolve(shape, x, w, b, imageLast, weightLast);
        Tensor loss = y.mul(Tensor.of(slope, BATCH, shape.out, shape.outSide(), shape.outSide()));
        loss.mean().mul(slope.length).backward();
        return y.detach().toFloats();
      });
      return Scope.compute("a convolution", () -> {
        float[] inferred = convolve(shape, x, w, b, imageLast, weightLast).toFloats();
        assertThat(inferred).isEqualTo(recorded);
        for (int i = 0; i < inferred.length; i++) {
          inferred[i] = shape.counts(i) ? inferred[i] : 0;
        }
        return new Outcome(inferred, gradient(x), gradient(w), b == null ? new float[0] : gradient(b));
      });
    }
  }

  private static Tensor convolve(
      Shape shape, Tensor x, Tensor w, @Nullable Tensor b, boolean imageLast, boolean weightLast) {
    return new Conv2d(weightLast ? w.channelsLast() : w, b, shape.stride, shape.padding)
        .apply(imageLast ? x.channelsLast() : x);
  }

  private static float[] gradient(Tensor parameter) {
    return Objects.requireNonNull(parameter.gradient()).toFloats();
  }

  private static Outcome expected(
      Shape shape, float[] image, float[] weight, float @Nullable [] bias, float[] slope) {
    int side = shape.side;
    int kernel = shape.kernel;
    int area = shape.outSide() * shape.outSide();
    int taps = shape.in * kernel * kernel;
    Outcome outcome = new Outcome(
        new float[slope.length], new float[image.length], new float[weight.length], new float[shape.out]);
    for (int i = 0; i < slope.length; i++) {
      if (!shape.counts(i)) {
        continue;
      }
      int n = i / area / shape.out;
      int o = shape.channel(i);
      int top = i % area / shape.outSide() * shape.stride - shape.padding;
      int left = i % shape.outSide() * shape.stride - shape.padding;
      float sum = bias == null ? 0 : bias[o];
      for (int k = 0; k < taps; k++) {
        int y = top + k / kernel % kernel;
        int x = left + k % kernel;
        if (y >= 0 && y < side && x >= 0 && x < side) {
          int pixel = ((n * shape.in + k / (kernel * kernel)) * side + y) * side + x;
          sum += image[pixel] * weight[o * taps + k];
          outcome.image[pixel] += slope[i] * weight[o * taps + k];
          outcome.weight[o * taps + k] += slope[i] * image[pixel];
        }
      }
      outcome.result[i] = sum;
      outcome.bias[o] += slope[i];
    }
    return outcome;
  }

  private static float[] integers(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextInt(9) - 4;
    }
    return values;
  }
}
