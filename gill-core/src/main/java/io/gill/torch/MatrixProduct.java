package io.gill.torch;

import io.gill.Precision;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * y = x·Wᵀ + b on the CPU on all {@link WorkerThreads}. Axes: M rows of x, K columns, N rows of W.
 *
 * <p>32-bit floats: one row is multiplied by the matrix-vector product, which reads W at the memory's speed. The matrix
 * product would first copy W into a layout of its own. Below {@link #MANY_ROWS} rows, W·xᵀ is computed instead, which
 * copies x. Weights of 16 bits are converted piece by piece into a buffer that stays in a core's cache, unless the CPU
 * multiplies them itself or there is one row of bfloat16, for which libtorch converts them in registers.
 */
final class MatrixProduct {
  /** Number of multiplications that are worth another thread. */
  private static final long SMALLEST_PART = 1 << 23;

  /** Number of weights that are worth another thread if each is used for a few rows only. */
  private static final long SMALLEST_PART_OF_FEW_ROWS = 1 << 18;

  /** Number of rows up to which a product takes about the time of reading the weights. */
  private static final long FEW_ROWS = 16;

  /** Number of rows from which W·xᵀ is faster than x·Wᵀ. */
  private static final long TURNED_ROWS = 4;

  /** Number of rows from which copying W is cheaper than turning y. */
  private static final long MANY_ROWS = 129;

  /** Number of weights from which copying them takes longer than turning y. */
  private static final long MANY_WEIGHTS = 1 << 21;

  /** Number of rows from which converting weights of 16 bits is faster than libtorch's product. */
  private static final long ROWS_TO_CONVERT = 5;

  /** Number of weights that stay in a core's cache: 512 KB. */
  private static final long CACHED = 1 << 17;

  private final org.bytedeco.pytorch.Tensor x; // (M, K), contiguous
  private final org.bytedeco.pytorch.Tensor weight; // (N, K)
  private final org.bytedeco.pytorch.@Nullable Tensor bias; // (N), of the type of x
  private final org.bytedeco.pytorch.Tensor y; // (M, N), of the type of x
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
    if (Scope.isRecording() || !x.device().isCpu() || x.type() != weight.type() || x.elementCount() == 0
        || weight.elementCount() == 0) {
      return false;
    }
    long rows = x.elementCount() / weight.size(1);
    return switch (x.type()) {
      case Float -> isLarge(rows, weight.elementCount());
      case BFloat16 -> !CpuInstructions.BFLOAT16 || (rows == 1 && OneDnnLinear.AVAILABLE);
      case Half -> rows >= ROWS_TO_CONVERT;
      default -> false;
    };
  }

  /** Multiplies (…, K) with (N, K)ᵀ and adds (N): (…, N), in the type of x. */
  static Tensor of(Tensor x, Tensor weight, @Nullable Tensor bias) {
    return Scope.tidy(() -> {
      boolean same = x.type() == ScalarType.BFloat16
          && (CpuInstructions.BFLOAT16 || x.elementCount() == weight.size(1)); // the CPU multiplies, or one row
      Precision computed = same ? Precision.BFLOAT16 : Precision.FLOAT32;
      Tensor rows = x.reshape(-1, weight.size(1)).to(computed).contiguous(); // (M, K)
      Tensor added = bias == null ? null : bias.to(computed);
      Tensor y = product(rows, weight, added); // (M, N)
      long[] shape = x.shape();
      shape[shape.length - 1] = weight.size(0);
      return y.to(x).reshape(shape);
    });
  }

  private static Tensor product(Tensor x, Tensor weight, @Nullable Tensor bias) {
    if (x.type() == weight.type() && OneDnnLinear.AVAILABLE && isDirect(x.size(0), weight.elementCount())) {
      return Tensor.adopt(OneDnnLinear.of(x.at(), weight.at(), bias == null ? null : bias.at()));
    }
    Tensor y = Tensor.empty(x.type(), x.size(0), weight.size(0)); // (M, N)
    new MatrixProduct(x, weight, bias, y).run();
    return y;
  }

  /** Returns whether x·Wᵀ, whose operator copies W unless there are two or three rows, is faster than W·xᵀ. */
  private static boolean isDirect(long rows, long weights) {
    return rows >= MANY_ROWS || (rows > 1 && (rows < TURNED_ROWS || weights < MANY_WEIGHTS));
  }

  /** Returns whether a product takes longer than waking threads and preparing oneDNN for a new shape. */
  private static boolean isLarge(long rows, long weights) {
    return rows <= FEW_ROWS ? weights >= 2 * SMALLEST_PART_OF_FEW_ROWS : rows * weights >= 2 * SMALLEST_PART;
  }

  /** Returns into how many parts the threads divide a product. */
  private static int parts(long rows, long weights) {
    return rows <= FEW_ROWS
        ? WorkerThreads.parts(weights, SMALLEST_PART_OF_FEW_ROWS) : WorkerThreads.parts(rows * weights, SMALLEST_PART);
  }

  private void run() {
    if (weight.scalar_type().intern() != x.scalar_type().intern()) {
      int cached = (int) Math.max(1, n * k / CACHED);
      WorkerThreads.runWithoutOpenMp(cached, ranges(n, cached, this::converted));
      return;
    }
    int parts = parts(m, n * k);
    if (isRow()) {
      WorkerThreads.run(parts, ranges(n, parts, this::dense));
    } else if (isDirect(m, n * k)) {
      WorkerThreads.runWithoutOpenMp(parts, ranges(m, parts, this::someRows)); // where there is no oneDNN
    } else {
      WorkerThreads.runWithoutOpenMp(parts, ranges(n, parts, this::dense));
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
      if (isRow()) {
        multiplyRow(rows, added, columns);
      } else if (y.scalar_type().intern() == ScalarType.Float && m < MANY_ROWS) {
        multiplyTurned(rows, added, columns);
      } else {
        try (org.bytedeco.pytorch.Tensor product = OneDnnLinear.of(x, rows, added)) {
          columns.copy_(product);
        }
      }
    }
  }

  /** Returns whether a product with a vector is the fastest; it also reads 16 bits at the memory's speed. */
  private boolean isRow() {
    return m == 1 && (y.scalar_type().intern() == ScalarType.Float || !CpuInstructions.BFLOAT16);
  }

  private void multiplyRow(org.bytedeco.pytorch.Tensor rows, org.bytedeco.pytorch.@Nullable Tensor added,
      org.bytedeco.pytorch.Tensor columns) {
    try (org.bytedeco.pytorch.Tensor out = columns.select(0, 0); org.bytedeco.pytorch.Tensor row = x.select(0, 0)) {
      if (added == null || y.scalar_type().intern() != ScalarType.Float) {
        torch.mv_out(out, rows, row); // with 16 bits, a product that also adds is slow
        if (added != null) {
          out.add_(added);
        }
      } else {
        torch.addmv_out(out, added, rows, row);
      }
    }
  }

  /** Computes W·xᵀ, turns it and adds the bias; for 32 bits only, since 16 bits would be rounded twice. */
  private void multiplyTurned(org.bytedeco.pytorch.Tensor rows, org.bytedeco.pytorch.@Nullable Tensor added,
      org.bytedeco.pytorch.Tensor columns) {
    try (org.bytedeco.pytorch.Tensor product = OneDnnLinear.of(rows, x, null); // (count, M)
        org.bytedeco.pytorch.Tensor turned = product.t()) {
      if (added == null) {
        columns.copy_(turned);
      } else {
        torch.add_out(columns, turned, added);
      }
    }
  }

  /** Computes rows of y. */
  private void someRows(long from, long to) {
    try (org.bytedeco.pytorch.Tensor out = y.narrow(0, from, to - from);
        org.bytedeco.pytorch.Tensor some = x.narrow(0, from, to - from);
        org.bytedeco.pytorch.Tensor product = OneDnnLinear.of(some, weight, bias)) {
      out.copy_(product);
    }
  }
}
