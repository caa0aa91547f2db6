package io.gill.torch;

import io.gill.Precision;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * y = x·Wᵀ + b on the CPU, computed in 32 bits on all {@link WorkerThreads}. Axes: M rows of x, K columns, N rows of W.
 *
 * <p>A few rows are multiplied one at a time with a piece of W that stays in a core's cache: the matrix-vector product
 * reads W at the memory's speed, the matrix product does not. Weights of 16 bits are converted piece by piece into a
 * buffer that stays in the cache, too.
 */
final class MatrixProduct {
  /** Number of multiplications that are worth another thread. */
  private static final long SMALLEST_PART = 1 << 23;

  /** Number of weights that are worth another thread if each is used for a few rows only. */
  private static final long SMALLEST_PART_OF_FEW_ROWS = 1 << 18;

  /** Number of rows up to which they are multiplied one at a time. */
  private static final long FEW_ROWS = 4;

  /** Number of weights that stay in a core's cache: 512 KB. */
  private static final long CACHED = 1 << 17;

  private final org.bytedeco.pytorch.Tensor x; // (M, K), 32-bit floats
  private final org.bytedeco.pytorch.Tensor weight; // (N, K)
  private final org.bytedeco.pytorch.@Nullable Tensor bias; // (N), 32-bit floats
  private final org.bytedeco.pytorch.Tensor y; // (M, N), 32-bit floats
  private final long m;
  private final long n;
  private final long k;

  private MatrixProduct(Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
    this.x = x.at();
    this.weight = weight.at();
    this.bias = bias == null ? null : bias.at();
    this.y = y.at();
    m = x.size(0);
    n = weight.size(0);
    k = weight.size(1);
  }

  /** Returns whether this class computes a product faster than a single operator does. */
  static boolean isFor(Tensor x, Tensor weight) {
    if (Scope.isRecording() || !x.device().isCpu() || x.type() != weight.type()) {
      return false;
    }
    return switch (x.type()) {
      case Float -> parts(x.elementCount() / weight.size(1), weight.elementCount()) > 1;
      case BFloat16 -> !Bfloat16Instructions.AVAILABLE;
      case Half -> x.elementCount() > FEW_ROWS * weight.size(1);
      default -> false;
    };
  }

  /** Multiplies (…, K) with (N, K)ᵀ and adds (N): (…, N), in the type of x. */
  static Tensor of(Tensor x, Tensor weight, @Nullable Tensor bias) {
    return Scope.tidy(() -> {
      Tensor rows = x.reshape(-1, weight.size(1)).to(Precision.FLOAT32); // (M, K)
      Tensor added = bias == null ? null : bias.to(Precision.FLOAT32);
      Tensor y = Tensor.empty(ScalarType.Float, rows.size(0), weight.size(0)); // (M, N)
      if (y.elementCount() > 0) {
        new MatrixProduct(rows, weight, added, y).run();
      }
      long[] shape = x.shape();
      shape[shape.length - 1] = weight.size(0);
      return y.to(x).reshape(shape);
    });
  }

  /** Returns into how many parts the threads divide a product. A few rows take the time of reading the weights. */
  private static int parts(long rows, long weights) {
    return rows <= FEW_ROWS
        ? WorkerThreads.parts(weights, SMALLEST_PART_OF_FEW_ROWS) : WorkerThreads.parts(rows * weights, SMALLEST_PART);
  }

  private void run() {
    int cached = (int) Math.max(1, n * k / CACHED);
    if (weight.scalar_type().intern() != ScalarType.Float) {
      WorkerThreads.runWithoutOpenMp(cached, ranges(n, cached, this::converted));
    } else if (m > 1 && m <= FEW_ROWS) {
      WorkerThreads.run(cached, ranges(n, cached, this::dense));
    } else {
      int parts = parts(m, n * k);
      WorkerThreads.run(parts, m < n ? ranges(n, parts, this::dense) : ranges(m, parts, this::someRows));
    }
  }

  /** Computes a range of rows or columns. */
  @FunctionalInterface
  private interface Range {
    void compute(long from, long to);
  }

  /** Cuts rows or columns into equal parts; with more parts than rows, some are empty. */
  private static IntConsumer ranges(long count, int parts, Range range) {
    return part -> {
      long from = count * part / parts;
      long to = count * (part + 1) / parts;
      if (from < to) {
        range.compute(from, to);
      }
    };
  }

  /** Computes columns of y from rows of a matrix of 32 bits. */
  private void dense(long from, long to) {
    try (org.bytedeco.pytorch.Tensor some = weight.narrow(0, from, to - from)) {
      multiply(some, from);
    }
  }

  /** Computes columns of y from rows of a matrix of 16 bits. */
  private void converted(long from, long to) {
    try (org.bytedeco.pytorch.Tensor some = weight.narrow(0, from, to - from);
        org.bytedeco.pytorch.Tensor wide = some.to(ScalarType.Float)) {
      multiply(wide, from);
    }
  }

  /** Computes columns of y, starting at {@code from}, with (count, K) rows of W. */
  private void multiply(org.bytedeco.pytorch.Tensor rows, long from) {
    long count = rows.size(0);
    try (org.bytedeco.pytorch.Tensor columns = y.narrow(1, from, count);
        org.bytedeco.pytorch.@Nullable Tensor added = bias == null ? null : bias.narrow(0, from, count)) {
      if (m > FEW_ROWS) {
        try (org.bytedeco.pytorch.Tensor turned = rows.t()) {
          product(columns, added, x, turned);
        }
        return;
      }
      for (long i = 0; i < m; i++) {
        try (org.bytedeco.pytorch.Tensor out = columns.select(0, i); org.bytedeco.pytorch.Tensor row = x.select(0, i)) {
          if (added == null) {
            torch.mv_out(out, rows, row);
          } else {
            torch.addmv_out(out, added, rows, row);
          }
        }
      }
    }
  }

  /** Computes rows of y. */
  private void someRows(long from, long to) {
    try (org.bytedeco.pytorch.Tensor out = y.narrow(0, from, to - from);
        org.bytedeco.pytorch.Tensor some = x.narrow(0, from, to - from);
        org.bytedeco.pytorch.Tensor turned = weight.t()) {
      product(out, bias, some, turned);
    }
  }

  private static void product(org.bytedeco.pytorch.Tensor out, org.bytedeco.pytorch.@Nullable Tensor added,
      org.bytedeco.pytorch.Tensor a, org.bytedeco.pytorch.Tensor b) {
    if (added == null) {
      torch.mm_out(out, a, b);
    } else {
      torch.addmm_out(out, added, a, b);
    }
  }
}
