package io.gill.torch;

import io.gill.Device;
import io.gill.Precision;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Measures in which type this CPU computes the layers of an image generator fastest, once for the process, for {@code
 * LoadOptions.generatorPrecision}. Images in 16 bits differ a little from those in 32. Thread-safe.
 */
public final class FastestPrecision {
  private static final List<Precision> CANDIDATES = List.of(Precision.FLOAT32, Precision.BFLOAT16);

  /** Layers of Stable Diffusion at a quarter of its resolution: 1.9 and 3.4 billion operations. */
  private static final int CHANNELS = 320;
  private static final int SIDE = 32;
  private static final int WIDTH = 1280;
  private static final int ROWS = 1024;

  private static final int RUNS = 3;

  /** The share of the time of 32 bits from which 16 bits are worth their rounding. */
  private static final double WORTH = 0.8;

  private FastestPrecision() {}

  private static final class Measured {
    static final Precision RESULT = choose(measure());
  }

  /**
   * Returns the fastest type of a device.
   *
   * @param device where the generator computes
   * @return {@link Precision#FLOAT16} on a GPU; on the CPU what a measurement of less than a second found:
   *     {@link Precision#FLOAT32} if 16 bits save less than a fifth of the time
   * @throws io.gill.GillException if the device does not exist
   */
  public static Precision on(Device device) {
    Torch.require(Objects.requireNonNull(device, "device"));
    return device.isCpu() ? Measured.RESULT : Precision.FLOAT16;
  }

  static Precision choose(Map<Precision, Long> nanos) {
    long wide = Objects.requireNonNull(nanos.get(Precision.FLOAT32));
    long narrow = Objects.requireNonNull(nanos.get(Precision.BFLOAT16));
    return narrow < WORTH * wide ? Precision.BFLOAT16 : Precision.FLOAT32;
  }

  private static Map<Precision, Long> measure() {
    Map<Precision, Long> least = new EnumMap<>(Precision.class);
    Scope.compute("measuring precisions", () -> {
      for (int run = 0; run <= RUNS; run++) { // in turn, since other programs disturb; the first is a warm-up
        for (Precision precision : CANDIDATES) {
          long nanos = nanos(precision);
          if (run > 0) {
            least.merge(precision, nanos, Math::min);
          }
        }
      }
      return null;
    });
    return least;
  }

  private static long nanos(Precision precision) {
    Conv2d convolution = new Conv2d(ones(precision, CHANNELS, CHANNELS, 3, 3).channelsLast(), null, 1, 1);
    Tensor image = ones(precision, 1, CHANNELS, SIDE, SIDE).channelsLast();
    Linear linear = new Linear(new DenseMatrix(ones(precision, WIDTH, WIDTH)), null);
    Tensor rows = ones(precision, ROWS, WIDTH);
    long start = System.nanoTime();
    Scope.tidy(() -> convolution.apply(image));
    Scope.tidy(() -> linear.apply(rows));
    return System.nanoTime() - start;
  }

  private static Tensor ones(Precision precision, long... shape) {
    float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact))];
    Arrays.fill(values, 1);
    return Tensor.of(values, shape).to(precision);
  }
}
