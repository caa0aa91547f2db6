package io.gill.examples;

import io.gill.Device;
import io.gill.Precision;
import io.gill.torch.ScaledDotProduct;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Benchmarks of the basic operations of a model and of the memory that bounds them, on the CPU in 32 bits. */
final class Kernels {
  /** Larger than any cache: a weight matrix of 16384 × 4096. */
  private static final int LARGE = 16384 * 4096;

  private Kernels() {}

  /** Reads 256 MB in plain Java, split among the threads. */
  static String memoryRead(double seconds, int threads) {
    long[] values = new long[LARGE / 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      return Timing.of(seconds, () -> sum(values, threads, pool)).rate(4.0 * LARGE, "GB/s");
    } finally {
      pool.shutdown();
    }
  }

  private static long sum(long[] values, int threads, ExecutorService pool) {
    List<Future<Long>> parts = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int from = (int) ((long) values.length * t / threads);
      int to = (int) ((long) values.length * (t + 1) / threads);
      parts.add(pool.submit(() -> sum(values, from, to)));
    }
    long sum = 0;
    for (Future<Long> part : parts) {
      try {
        sum += part.get();
      } catch (InterruptedException | ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
    return sum;
  }

  /** Accumulates eight sums: a single one would be bound by its own latency, not by memory. */
  static long sum(long[] values, int from, int to) {
    long a = 0;
    long b = 0;
    long c = 0;
    long d = 0;
    long e = 0;
    long f = 0;
    long g = 0;
    long h = 0;
    for (int i = from; i <= to - 8; i += 8) {
      a += values[i];
      b += values[i + 1];
      c += values[i + 2];
      d += values[i + 3];
      e += values[i + 4];
      f += values[i + 5];
      g += values[i + 6];
      h += values[i + 7];
    }
    return a + b + c + d + e + f + g + h;
  }

  /** (rows, 4096) × (16384, 4096)ᵀ: one row is what decoding a token consists of, many are a prompt or a picture. */
  static String linear(double seconds, int rows) {
    try (Scope owner = Scope.owner()) {
      Tensor[] matrices = Scope.compute("making matrices", () -> new Tensor[] {
        // The addition writes the memory: pages that were only zeroed all map to the same one.
        owner.keep(Tensor.zeros(Precision.FLOAT32, Device.CPU, 16384, 4096).add(0.01)),
        owner.keep(Tensor.zeros(Precision.FLOAT32, Device.CPU, rows, 4096).add(0.5))
      });
      Timing timing = Timing.of(
          seconds, () -> Scope.compute("multiplying", () -> matrices[1].linear(matrices[0], null).size(0)));
      return rows == 1 ? timing.rate(4.0 * LARGE, "GB/s") : timing.rate(2.0 * LARGE * rows, "GFLOP/s");
    }
  }

  /** Attention at Stable Diffusion's second resolution: (2, 8, 1024, 40). */
  static String attention(double seconds) {
    int[] shape = {2, 8, 1024, 40};
    double work = 4.0 * shape[0] * shape[1] * shape[2] * shape[2] * shape[3];
    try (Scope owner = Scope.owner()) {
      Tensor x = Scope.compute("making queries", () -> {
        float[] values = new float[shape[0] * shape[1] * shape[2] * shape[3]];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) Math.sin(i * 0.7);
        }
        return owner.keep(Tensor.of(values, shape[0], shape[1], shape[2], shape[3]));
      });
      Runnable once = () -> Scope.compute(
          "attending", () -> ScaledDotProduct.attention(x, x, x, null, false, 1 / Math.sqrt(shape[3])).size(0));
      return Timing.of(seconds, once).rate(work, "GFLOP/s");
    }
  }
}
