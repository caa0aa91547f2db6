package io.gill.examples;

import io.gill.Device;
import io.gill.Precision;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The pieces of which all else is made, and the memory that bounds them; on the CPU in 32 bits. */
final class Kernels {
  /** More than any cache holds: a weight matrix of 16384 × 4096. */
  private static final int LARGE = 16384 * 4096;

  private Kernels() {}

  /** Reads 256 MB with plain Java, a part on each of some threads. */
  static String memoryRead(double seconds, int threads) {
    int[] values = new int[LARGE];
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

  private static int sum(int[] values, int threads, ExecutorService pool) {
    List<Future<Integer>> parts = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int from = (int) ((long) values.length * t / threads);
      int to = (int) ((long) values.length * (t + 1) / threads);
      parts.add(pool.submit(() -> sum(values, from, to)));
    }
    int sum = 0;
    for (Future<Integer> part : parts) {
      try {
        sum += part.get();
      } catch (InterruptedException | ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
    return sum;
  }

  private static int sum(int[] values, int from, int to) {
    int sum = 0;
    for (int i = from; i < to; i++) {
      sum += values[i];
    }
    return sum;
  }

  /** (1, 4096) × (16384, 4096)ᵀ: what decoding one token consists of. */
  static String oneRowLinear(double seconds) {
    try (Scope owner = Scope.owner()) {
      Tensor[] matrices = Scope.compute("making matrices", () -> new Tensor[] {
        // Added to, since memory that was only ever zeroed is one and the same page of it.
        owner.keep(Tensor.zeros(Precision.FLOAT32, Device.CPU, 16384, 4096).add(0.01)),
        owner.keep(Tensor.zeros(Precision.FLOAT32, Device.CPU, 1, 4096).add(0.5))
      });
      return Timing.of(seconds, () -> Scope.compute("multiplying", () -> matrices[1].linear(matrices[0], null).size(0)))
          .rate(4.0 * LARGE, "GB/s");
    }
  }

  /** The attention of Stable Diffusion's second resolution: (2, 8, 1024, 40). */
  static String attention(double seconds, boolean guarded) {
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
          "attending", () -> x.attention(x, x, null, false, 1 / Math.sqrt(shape[3])).size(0));
      String[] rate = new String[1];
      Runnable all = () -> rate[0] = Timing.of(seconds, once).rate(work, "GFLOP/s");
      if (guarded) {
        all.run();
      } else {
        Torch.withUnguardedAttention(all);
      }
      return rate[0];
    }
  }
}
