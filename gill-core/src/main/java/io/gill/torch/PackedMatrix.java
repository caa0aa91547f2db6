package io.gill.torch;

import io.gill.Device;
import io.gill.Precision;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A matrix of 8-bit integers in oneDNN's own layout. A CPU with AVX512_VNNI multiplies a few rows with it in little
 * more time than reading it takes, and many rows faster than with 32 bits. Axes: M rows of the input, K columns, N
 * rows.
 *
 * <p>W[n, k] ≈ q[n, k] · s[n] with q from -127 to 127. An input row is rounded to 16 bits: x[k] ≈ v[k] · t with
 * t = max |x| / 32767. The two unsigned bytes of v + 32768 = 256 · high + low are two rows of one product of integers:
 * y[n] = t · s[n] · (256 · Σ high[k] q[n, k] + Σ low[k] q[n, k] - 32768 · Σ q[n, k]).
 *
 * @param rows N
 * @param columns K
 * @param pieces consecutive rows, which different threads multiply
 */
record PackedMatrix(long rows, long columns, List<Piece> pieces) implements Matrix {
  /** Number of weights that are worth another thread. */
  private static final long SMALLEST_PIECE = 1 << 21;

  /** Columns up to which sums of products of bytes fit into 32 bits. */
  private static final long MOST_COLUMNS = Integer.MAX_VALUE / (255 * 127);

  /** Number of numbers of the input that are worth another thread. */
  private static final long SMALLEST_INPUT = 1 << 16;

  /** Least M: a product of two rows of bytes takes longer than one of four. */
  private static final int FEWEST_ROWS = 2;

  private static final int LARGEST_WEIGHT = 127;
  private static final int LARGEST_INPUT = 32767;
  private static final float ZERO = 32768;
  private static final float BASE = 256;

  /** Least maximum of a row, whose reciprocal step is finite. */
  private static final float TINY = 1e-30f;

  /**
   * Consecutive rows.
   *
   * @param first index of the first
   * @param integers q, (n, K), which only oneDNN can read
   * @param scales s of each row
   * @param offsets 32768 · Σ q of each row
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Piece(long first, Tensor integers, float[] scales, float[] offsets) {}

  /** The operators, found when they are first needed, since they need the native library. */
  private static final class Operators {
    static final @Nullable NativeOperator PACK = NativeOperator.ofOneDnn("onednn::qlinear_prepack");
    static final @Nullable NativeOperator MULTIPLY = NativeOperator.ofOneDnn("onednn::qlinear_pointwise");

    /** oneDNN chooses its instructions itself, and environment variables limit them: so try the largest numbers. */
    static final boolean EXACT = CpuInstructions.VNNI && PACK != null && MULTIPLY != null && sumsBytesExactly();

    private static boolean sumsBytesExactly() {
      int k = 64;
      try (org.bytedeco.pytorch.Tensor weights = filled(LARGEST_WEIGHT, 32, k);
          org.bytedeco.pytorch.Tensor signed = weights.to(ScalarType.Char);
          org.bytedeco.pytorch.Tensor packed = pack(signed);
          org.bytedeco.pytorch.Tensor numbers = filled(255, 4, k);
          org.bytedeco.pytorch.Tensor bytes = numbers.to(ScalarType.Byte);
          org.bytedeco.pytorch.Tensor sums = sums(bytes, packed)) {
        for (float sum : NativeTensors.floats(sums)) {
          if (sum != 255 * LARGEST_WEIGHT * k) {
            return false;
          }
        }
        return true;
      }
    }

    private static org.bytedeco.pytorch.Tensor filled(int value, int rows, int columns) {
      float[] values = new float[rows * columns];
      Arrays.fill(values, value);
      return NativeTensors.of(values, rows, columns);
    }

    static org.bytedeco.pytorch.Tensor pack(org.bytedeco.pytorch.Tensor integers) {
      return Objects.requireNonNull(PACK).call(integers, null);
    }

    /** Multiplies unsigned bytes (M, K) with a packed matrix (N, K): (M, N), 32-bit floats, to be closed. */
    static org.bytedeco.pytorch.Tensor sums(org.bytedeco.pytorch.Tensor bytes, org.bytedeco.pytorch.Tensor packed) {
      return Objects.requireNonNull(MULTIPLY).call(bytes, Constants.ONE, Constants.ZERO_POINT, packed,
          Constants.SCALES, Constants.ZERO_POINTS, Constants.NONE, Constants.ONE, Constants.ZERO_POINT,
          Constants.FLOAT, Constants.NOTHING, Constants.NUMBERS, Constants.ALGORITHM);
    }
  }

  /** The arguments of a product that are always the same. */
  private static final class Constants {
    static final IValue NONE = new IValue();
    static final IValue ONE = new IValue(1.0);
    static final IValue ZERO_POINT = new IValue(0L);
    static final IValue SCALES = new IValue(NativeTensors.of(new float[] {1}, 1));
    static final IValue ZERO_POINTS = new IValue(NativeTensors.of(new long[] {0}, 1));
    static final IValue FLOAT = new IValue((long) ScalarType.Float.value);
    static final IValue NOTHING = new IValue("none");
    static final IValue ALGORITHM = new IValue("");
    static final IValue NUMBERS = Objects.requireNonNull(Operators.MULTIPLY).emptyList(11);
  }

  /** Returns whether this CPU multiplies a matrix faster in this layout. Loads libtorch. */
  static boolean isFor(RowwiseFormat format, long columns) {
    Torch.ensureLoaded();
    return format == RowwiseFormat.INT8 && columns <= MOST_COLUMNS && Operators.EXACT;
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
    int count = Math.toIntExact(RowwiseFormat.blocks(rows, group));
    Tensor integers = Tensor.empty(ScalarType.Char, rows, columns);
    Tensor scales = Tensor.empty(ScalarType.Float, rows);
    Tensor offsets = Tensor.empty(ScalarType.Float, rows);
    WorkerThreads.runWithoutOpenMp(count, block -> Scope.part(() -> {
      long first = (long) block * group;
      long n = Math.min(group, rows - first);
      Tensor weights = blocks.apply(block).narrow(0, 0, n).contiguous();
      Tensor scale = weights.largestMagnitude(1).clamp(TINY, Double.POSITIVE_INFINITY).mul(1.0 / LARGEST_WEIGHT);
      Tensor rounded = weights.div(scale).round();
      integers.narrow(0, first, n).copyFrom(rounded);
      scales.narrow(0, first, n).copyFrom(scale.squeeze(1));
      offsets.narrow(0, first, n).copyFrom(rounded.sum(1).mul(ZERO));
    }));
    if (!scales.isFinite()) {
      notFinite.run();
    }
    int parts = (int) Math.min(rows, WorkerThreads.parts(rows * columns, SMALLEST_PIECE));
    long[] starts = IntStream.rangeClosed(0, parts).mapToLong(i -> rows * i / parts).toArray();
    Piece[] pieces = new Piece[parts];
    org.bytedeco.pytorch.Tensor[] packed = new org.bytedeco.pytorch.Tensor[parts];
    try {
      WorkerThreads.runWithoutOpenMp(parts, i -> {
        try (org.bytedeco.pytorch.Tensor some = integers.at().narrow(0, starts[i], starts[i + 1] - starts[i])) {
          packed[i] = Operators.pack(some);
        }
      });
      for (int i = 0; i < parts; i++) {
        long first = starts[i];
        long n = starts[i + 1] - first;
        Tensor kept = owner.keep(Tensor.adopt(new org.bytedeco.pytorch.Tensor(packed[i])));
        pieces[i] = new Piece(
            first, kept, scales.narrow(0, first, n).toFloats(), offsets.narrow(0, first, n).toFloats());
      }
    } finally {
      for (org.bytedeco.pytorch.Tensor one : packed) {
        if (one != null) {
          one.close();
        }
      }
    }
    return new PackedMatrix(rows, columns, List.of(pieces));
  }

  @Override
  public Tensor multiply(Tensor x, @Nullable Tensor bias) {
    return multiply(x, List.of(new Linear(this, bias))).get(0);
  }

  /**
   * Applies several layers to the same input: it is rounded once, and the threads are woken once.
   *
   * @param x (…, K)
   * @param layers their weights are packed and have the same number of columns
   * @return the outputs in the order of the layers: (…, N) each, in the type of x
   */
  static List<Tensor> multiply(Tensor x, List<Linear> layers) {
    long columns = layers.get(0).weight().columns();
    Tensor input = x.to(Precision.FLOAT32).reshape(-1, columns).contiguous(); // (M, K)
    int m = Math.toIntExact(input.size(0));
    int all = Math.max(m, FEWEST_ROWS); // M'
    // M' rows of low bytes, M' rows of high ones; those of no input row are not set, and their sums not read
    Tensor bytes = Tensor.empty(ScalarType.Byte, 2L * all, columns);
    float[] steps = new float[m];
    int parts = Math.min(m, WorkerThreads.parts(m * columns, SMALLEST_INPUT));
    WorkerThreads.run(parts, part -> {
      for (int row = part; row < m; row += parts) {
        steps[row] = cut(input, row, bytes, all);
      }
    });
    List<Tensor> products = new ArrayList<>();
    List<Runnable> work = new ArrayList<>();
    for (Linear layer : layers) {
      PackedMatrix matrix = (PackedMatrix) layer.weight();
      Tensor bias = layer.bias();
      float[] added = bias == null ? null : bias.toFloats();
      Tensor y = Tensor.empty(ScalarType.Float, m, matrix.rows);
      products.add(y);
      matrix.pieces.forEach(piece -> work.add(() -> matrix.multiply(piece, bytes.at(), steps, added, y)));
    }
    WorkerThreads.runWithoutOpenMp(work.size(), i -> work.get(i).run());
    bytes.close();
    long[] shape = x.shape();
    return products.stream().map(y -> {
      shape[shape.length - 1] = y.size(1);
      return y.to(x).reshape(shape);
    }).toList();
  }

  /** Rounds a row to 16 bits and cuts the integers into bytes. Returns t. */
  private static float cut(Tensor input, int row, Tensor bytes, int all) {
    int k = Math.toIntExact(input.size(1));
    float[] x = new float[k];
    floats(input, (long) row * k, k).get(x);
    float largest = TINY;
    for (float value : x) {
      largest = Math.max(largest, Math.abs(value)); // NaN if there is one
    }
    float step = largest / LARGEST_INPUT;
    float steps = 1 / step; // in one unit
    byte[] low = new byte[k];
    byte[] high = new byte[k];
    for (int i = 0; i < k; i++) {
      int integer = (int) (x[i] * steps + (ZERO + 0.5f));
      low[i] = (byte) integer;
      high[i] = (byte) (integer >> Byte.SIZE);
    }
    bytes.memory((long) row * k, k).put(low);
    bytes.memory((long) (all + row) * k, k).put(high);
    return step;
  }

  private static FloatBuffer floats(Tensor tensor, long first, long count) {
    return tensor.memory(first * Float.BYTES, count * Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** Computes the outputs of a piece. */
  private void multiply(
      Piece piece, org.bytedeco.pytorch.Tensor bytes, float[] steps, float @Nullable [] bias, Tensor y) {
    int n = piece.scales.length;
    try (org.bytedeco.pytorch.Tensor sums = Operators.sums(bytes, piece.integers.at()); // (2 · M', n)
        Pointer data = sums.data_ptr();
        FloatPointer floats = new FloatPointer(data)) {
      long offset = sums.size(0) / 2 * n;
      float[] low = new float[n];
      float[] high = new float[n];
      for (int row = 0; row < steps.length; row++) {
        float step = steps[row];
        floats.position((long) row * n).get(low);
        floats.position(offset + (long) row * n).get(high);
        for (int i = 0; i < n; i++) {
          low[i] = (BASE * high[i] + low[i] - piece.offsets[i]) * (piece.scales[i] * step);
        }
        if (bias != null) {
          for (int i = 0; i < n; i++) {
            low[i] += bias[(int) piece.first + i];
          }
        }
        floats(y, row * rows + piece.first, n).put(low);
      }
    }
  }

  @Override
  public Tensor cast(Tensor x) {
    return x.to(Precision.FLOAT32, Device.CPU);
  }
}
