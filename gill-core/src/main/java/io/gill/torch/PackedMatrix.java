package io.gill.torch;

import io.gill.Device;
import io.gill.Precision;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;
import java.util.function.LongFunction;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A matrix of 8-bit integers in the layout of an {@link IntegerKernel}, which multiplies a few rows with it in little
 * more time than reading it takes. Axes: M rows of the input, K columns, N rows.
 *
 * <p>W[n, k] ≈ q[n, k] · s[n] with q from -127 to 127. An input row is rounded to integers: x[k] ≈ v[k] · t with
 * t = max |x| / (Z - 1). The unsigned v + Z = Σ Bᵈ · d[k], with base B and 2 · Z = B to the number of digits, are as
 * many rows of one product of integers: y[n] = t · s[n] · (Σ Bᵈ · Σ d[k] q[n, k] - Z · Σ q[n, k]). A row has two
 * digits: 16 bits with oneDNN, 14 with FBGEMM; with FBGEMM, a row whose largest number is much larger than the others
 * has three.
 *
 * @param rows N
 * @param columns K
 * @param kernel multiplies
 * @param pieces all rows
 */
record PackedMatrix(long rows, long columns, IntegerKernel kernel, List<Piece> pieces) implements Matrix {
  /** Number of weights that are worth another thread. */
  private static final long SMALLEST_PIECE = 1 << 21;

  /** Number of numbers of the input that are worth another thread. */
  private static final long SMALLEST_INPUT = 1 << 16;

  private static final int DIGITS = 2;

  /** Bits that are enough for any row. */
  private static final int ENOUGH_BITS = 16;

  /**
   * The largest magnitude of a row by the mean magnitude, up to which 14 bits are enough: rounding then changes a
   * number of mean size by 0.2 %, less than the weights are changed.
   */
  private static final double LARGEST_RATIO = 64;

  /** Least maximum of a row, whose reciprocal step is finite. */
  private static final float TINY = 1e-30f;

  /**
   * Consecutive rows.
   *
   * @param integers q, (n, K)
   * @param scales s of each row
   * @param sums Σ q of each row
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Piece(PackedRows integers, float[] scales, float[] sums) {}

  /**
   * A rounded input.
   *
   * @param digits the rows of all digits, those of an input row together, the lowest first
   * @param first index of the lowest digit of each input row, and the number of digits of all
   * @param steps t of each input row
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Rounded(Tensor digits, int[] first, float[] steps) {}

  /** Returns whether this CPU multiplies a matrix faster in this layout. Loads libtorch. */
  static boolean isFor(RowwiseFormat format, long columns) {
    IntegerKernel kernel = IntegerKernel.fastest();
    return format == RowwiseFormat.INT8 && kernel != null && columns <= kernel.mostColumns();
  }

  /** Also returns whether there is memory for the integers and their packed copy, which exist at the same time. */
  static boolean isFor(RowwiseFormat format, long rows, long columns) {
    return isFor(format, columns) && AvailableMemory.hasRoomFor(0, 2 * rows * columns);
  }

  /**
   * Packs a matrix. Runs inside {@link Scope#compute}.
   *
   * @param rows N
   * @param columns K
   * @param group number of rows in a block
   * @param blocks returns the rows of a block, given its index: (at least n, K), 32-bit floats; any thread may call it
   * @param owner keeps the tensors
   * @param notFinite runs if the matrix holds NaN or infinity
   */
  static PackedMatrix of(
      long rows, long columns, int group, LongFunction<Tensor> blocks, Scope owner, Runnable notFinite) {
    IntegerKernel kernel = Objects.requireNonNull(IntegerKernel.fastest());
    return of(kernel, rows, columns, group, blocks, owner, notFinite);
  }

  static PackedMatrix of(IntegerKernel kernel, long rows, long columns, int group, LongFunction<Tensor> blocks,
      Scope owner, Runnable notFinite) {
    int count = Math.toIntExact(RowwiseFormat.blocks(rows, group));
    Tensor integers = Tensor.empty(ScalarType.Char, rows, columns);
    Tensor scales = Tensor.empty(ScalarType.Float, rows);
    Tensor sums = Tensor.empty(ScalarType.Float, rows);
    WorkerThreads.runWithoutOpenMp(count, block -> Scope.part(() -> {
      long first = (long) block * group;
      long n = Math.min(group, rows - first);
      Tensor weights = blocks.apply(block).narrow(0, 0, n).contiguous();
      Tensor largest = weights.largestMagnitude(1).clamp(TINY, Double.POSITIVE_INFINITY);
      Tensor scale = largest.mul(1.0 / IntegerKernel.LARGEST_WEIGHT);
      Tensor rounded = weights.div(scale).round();
      integers.narrow(0, first, n).copyFrom(rounded);
      scales.narrow(0, first, n).copyFrom(scale.squeeze(1));
      sums.narrow(0, first, n).copyFrom(rounded.sum(1));
    }));
    if (!scales.isFinite()) {
      notFinite.run();
    }
    List<PackedRows> packed = PackedRows.of(rows, columns, SMALLEST_PIECE, owner, (first, n) -> {
      try (org.bytedeco.pytorch.Tensor some = integers.at().narrow(0, first, n)) {
        return kernel.pack(some);
      }
    });
    return new PackedMatrix(rows, columns, kernel, packed.stream().map(some -> new Piece(some,
        scales.narrow(0, some.first(), some.count()).toFloats(),
        sums.narrow(0, some.first(), some.count()).toFloats())).toList());
  }

  @Override
  public Tensor multiply(Tensor x, @Nullable Tensor bias) {
    return multiply(x, List.of(new Linear(this, bias))).get(0);
  }

  /**
   * Applies several layers to the same input: it is rounded once, and the threads are woken once.
   *
   * @param x (…, K)
   * @param layers their weights are packed by one kernel and have the same number of columns
   * @return the outputs in the order of the layers: (…, N) each, in the type of x
   */
  static List<Tensor> multiply(Tensor x, List<Linear> layers) {
    PackedMatrix some = (PackedMatrix) layers.get(0).weight();
    Tensor input = x.to(Precision.FLOAT32).reshape(-1, some.columns).contiguous(); // (M, K)
    Rounded rounded = some.rounded(input);
    List<Tensor> products = new ArrayList<>();
    List<Runnable> work = new ArrayList<>();
    for (Linear layer : layers) {
      PackedMatrix matrix = (PackedMatrix) layer.weight();
      Tensor bias = layer.bias();
      float[] added = bias == null ? null : bias.toFloats();
      Tensor y = Tensor.empty(ScalarType.Float, input.size(0), matrix.rows);
      products.add(y);
      matrix.pieces.forEach(piece -> work.add(() -> matrix.multiply(piece, rounded, added, y)));
    }
    WorkerThreads.runWithoutOpenMp(work.size(), i -> work.get(i).run());
    rounded.digits.close();
    long[] shape = x.shape();
    return products.stream().map(y -> {
      shape[shape.length - 1] = y.size(1);
      return y.to(x).reshape(shape);
    }).toList();
  }

  /** Rounds rows (M, K) and cuts the integers into digits. */
  private Rounded rounded(Tensor input) {
    int m = Math.toIntExact(input.size(0));
    float[] largest = new float[m];
    int[] counts = new int[m]; // of digits
    eachRow(m, row -> {
      float[] x = row(input, row);
      largest[row] = largest(x);
      counts[row] = digits(x, largest[row]);
    });
    int[] first = new int[m + 1];
    for (int row = 0; row < m; row++) {
      first[row + 1] = first[row] + counts[row];
    }
    // Rows that are no digits are not set, and their sums not read.
    Tensor digits = Tensor.empty(kernel.type(), Math.max(first[m], kernel.fewestRows()), columns);
    float[] steps = new float[m];
    // Read again: the rows of a long prompt would not fit into the heap.
    eachRow(m, row -> steps[row] = cut(row(input, row), largest[row], digits, first[row], counts[row]));
    return new Rounded(digits, first, steps);
  }

  private void eachRow(int m, IntConsumer work) {
    int parts = Math.min(m, WorkerThreads.parts(m * columns, SMALLEST_INPUT));
    WorkerThreads.run(parts, part -> {
      for (int row = part; row < m; row += parts) {
        work.accept(row);
      }
    });
  }

  private float[] row(Tensor input, int row) {
    float[] x = new float[Math.toIntExact(columns)];
    floats(input, row * columns, columns).get(x);
    return x;
  }

  private static float largest(float[] x) {
    float largest = TINY;
    for (float value : x) {
      largest = Math.max(largest, Math.abs(value)); // NaN if there is one
    }
    return largest;
  }

  private int digits(float[] x, float largest) {
    if (DIGITS * kernel.bits() >= ENOUGH_BITS) {
      return DIGITS;
    }
    double sum = 0;
    for (float value : x) {
      sum += Math.abs(value / largest);
    }
    return sum * LARGEST_RATIO < x.length ? DIGITS + 1 : DIGITS;
  }

  /** Rounds a row and cuts the integers into digits. Returns t. */
  private float cut(float[] x, float largest, Tensor digits, int first, int count) {
    int zero = 1 << (count * kernel.bits() - 1);
    double step = (double) largest / (zero - 1);
    double steps = 1 / step; // in one unit
    int[] integers = new int[x.length];
    for (int i = 0; i < x.length; i++) {
      integers[i] = (int) (x[i] * steps + (zero + 0.5));
    }
    int mask = (1 << kernel.bits()) - 1;
    for (int digit = 0; digit < count; digit++) {
      long start = (first + digit) * columns;
      int shift = digit * kernel.bits();
      if (kernel.type() == ScalarType.Byte) {
        byte[] bytes = new byte[x.length];
        for (int i = 0; i < x.length; i++) {
          bytes[i] = (byte) (integers[i] >> shift);
        }
        digits.memory(start, columns).put(bytes);
      } else {
        float[] numbers = new float[x.length];
        for (int i = 0; i < x.length; i++) {
          numbers[i] = (integers[i] >> shift) & mask;
        }
        floats(digits, start, columns).put(numbers);
      }
    }
    return (float) step;
  }

  private static FloatBuffer floats(Tensor tensor, long first, long count) {
    return tensor.memory(first * Float.BYTES, count * Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** Computes the outputs of a piece. */
  private void multiply(Piece piece, Rounded input, float @Nullable [] bias, Tensor y) {
    int first = Math.toIntExact(piece.integers.first());
    int n = piece.integers.count();
    float base = 1 << kernel.bits();
    float zero = base / 2; // Z, in units of the highest digit
    try (org.bytedeco.pytorch.Tensor sums = kernel.sums(input.digits.at(), piece.integers.values()); // (digits, n)
        Pointer data = sums.data_ptr();
        FloatPointer floats = new FloatPointer(data)) {
      float[] out = new float[n];
      float[] digit = new float[n];
      for (int row = 0; row < input.steps.length; row++) {
        int last = input.first[row + 1] - 1;
        floats.position((long) last * n).get(out);
        for (int i = 0; i < n; i++) {
          out[i] -= zero * piece.sums[i]; // before the lower digits, which a large difference would round away
        }
        for (int next = last - 1; next >= input.first[row]; next--) {
          floats.position((long) next * n).get(digit);
          for (int i = 0; i < n; i++) {
            out[i] = base * out[i] + digit[i];
          }
        }
        float step = input.steps[row];
        for (int i = 0; i < n; i++) {
          out[i] *= piece.scales[i] * step;
        }
        if (bias != null) {
          for (int i = 0; i < n; i++) {
            out[i] += bias[first + i];
          }
        }
        floats(y, row * rows + first, n).put(out);
      }
    }
  }

  @Override
  public Tensor cast(Tensor x) {
    return x.to(Precision.FLOAT32, Device.CPU);
  }
}
