package io.gill.torch;

import java.util.Arrays;
import java.util.Objects;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Exact products of small unsigned integers, the digits of an input, with 8-bit integers, the weights. Axes: M rows of
 * digits, K columns, N rows of weights.
 */
enum IntegerKernel {
  /** oneDNN, whose products with AVX512_VNNI add up in 32 bits. */
  ONEDNN(Byte.SIZE, Byte.MAX_VALUE, ScalarType.Byte, 4) {
    @Override
    boolean isAvailable() {
      return CpuInstructions.VNNI && OneDnn.PACK != null && OneDnn.MULTIPLY != null && isExact();
    }

    @Override
    IValue pack(org.bytedeco.pytorch.Tensor integers) {
      try (org.bytedeco.pytorch.Tensor packed = Objects.requireNonNull(OneDnn.PACK).call(integers, null)) {
        return new IValue(packed);
      }
    }

    @Override
    org.bytedeco.pytorch.Tensor sums(org.bytedeco.pytorch.Tensor digits, IValue packed) {
      return Objects.requireNonNull(OneDnn.MULTIPLY).call(digits, OneDnn.ONE, OneDnn.ZERO_POINT, packed,
          OneDnn.SCALES, OneDnn.ZERO_POINTS, OneDnn.NONE, OneDnn.ONE, OneDnn.ZERO_POINT, OneDnn.FLOAT, OneDnn.NOTHING,
          OneDnn.NUMBERS, OneDnn.ALGORITHM);
    }
  },

  /**
   * FBGEMM, on x86 CPUs with AVX2. Without AVX512_VNNI, the sum of two products saturates at 16 bits, which digits of 7
   * bits do not reach.
   */
  FBGEMM(Byte.SIZE - 1, Byte.MAX_VALUE + 1, ScalarType.Float, 1) {
    @Override
    boolean isAvailable() {
      return Fbgemm.PACK != null && Fbgemm.QUANTIZED != null && Fbgemm.MULTIPLY != null && isExact();
    }

    /** The weights' zero is -1, since libtorch gives weights whose zero is 0 to oneDNN where there is AVX512_VNNI. */
    @Override
    IValue pack(org.bytedeco.pytorch.Tensor integers) {
      try (org.bytedeco.pytorch.Scalar one = new org.bytedeco.pytorch.Scalar(1);
          org.bytedeco.pytorch.Tensor lowered = integers.sub(one);
          org.bytedeco.pytorch.Tensor quantized =
              Objects.requireNonNull(Fbgemm.QUANTIZED).call(lowered, 1.0, -1L)) {
        return Objects.requireNonNull(Fbgemm.PACK).callForValue(quantized, null);
      }
    }

    @Override
    org.bytedeco.pytorch.Tensor sums(org.bytedeco.pytorch.Tensor digits, IValue packed) {
      return Objects.requireNonNull(Fbgemm.MULTIPLY).call(digits, Fbgemm.ONE, Fbgemm.ZERO_POINT, packed);
    }
  };

  /** The largest magnitude of a weight. */
  static final int LARGEST_WEIGHT = Byte.MAX_VALUE;

  private final int bits;
  private final int largestStored; // the largest magnitude of a weight as it is stored
  private final ScalarType type;
  private final int fewestRows;

  IntegerKernel(int bits, int largestStored, ScalarType type, int fewestRows) {
    this.bits = bits;
    this.largestStored = largestStored;
    this.type = type;
    this.fewestRows = fewestRows;
  }

  /** Operators and arguments that are always the same, found when they are first needed: they need the library. */
  private static final class OneDnn {
    static final @Nullable NativeOperator PACK = NativeOperator.ofOneDnn("onednn::qlinear_prepack");
    static final @Nullable NativeOperator MULTIPLY = NativeOperator.ofOneDnn("onednn::qlinear_pointwise");
    static final IValue NONE = new IValue();
    static final IValue ONE = new IValue(1.0);
    static final IValue ZERO_POINT = new IValue(0L);
    static final IValue SCALES = new IValue(NativeTensors.of(new float[] {1}, 1));
    static final IValue ZERO_POINTS = new IValue(NativeTensors.of(new long[] {0}, 1));
    static final IValue FLOAT = new IValue((long) ScalarType.Float.value);
    static final IValue NOTHING = new IValue("none");
    static final IValue ALGORITHM = new IValue("");
    static final IValue NUMBERS = MULTIPLY == null ? NONE : MULTIPLY.emptyList(11);
  }

  private static final class Fbgemm {
    static final @Nullable NativeOperator QUANTIZED =
        NativeOperator.ofFbgemm("aten::_make_per_tensor_quantized_tensor");
    static final @Nullable NativeOperator PACK = NativeOperator.ofFbgemm("quantized::linear_prepack");
    static final @Nullable NativeOperator MULTIPLY =
        NativeOperator.ofFbgemm("quantized::linear_with_input_q_dq_qweight_dq_output_fp32");
    static final IValue ONE = new IValue(1.0);
    static final IValue ZERO_POINT = new IValue(0L);
  }

  /** The kernel for this CPU, found when it is first needed. */
  private static final class Fastest {
    static final @Nullable IntegerKernel KERNEL =
        Arrays.stream(values()).filter(IntegerKernel::isAvailable).findFirst().orElse(null);
  }

  /** Returns the fastest kernel on this CPU, or null if there is none. Loads libtorch. */
  static @Nullable IntegerKernel fastest() {
    Torch.ensureLoaded();
    return Fastest.KERNEL;
  }

  /** Returns whether the kernel exists and is exact on this CPU. */
  abstract boolean isAvailable();

  /**
   * Packs weights.
   *
   * @param integers (N, K), from -127 to 127, 8-bit integers
   * @return a value that only {@link #sums} reads, to be closed
   */
  abstract IValue pack(org.bytedeco.pytorch.Tensor integers);

  /**
   * Multiplies on any thread.
   *
   * @param digits (M, K) of {@link #type}
   * @param packed the weights
   * @return (M, N), 32-bit floats, to be closed
   */
  abstract org.bytedeco.pytorch.Tensor sums(org.bytedeco.pytorch.Tensor digits, IValue packed);

  /** Returns the bits of a digit. */
  int bits() {
    return bits;
  }

  /** Returns the type of digits. */
  ScalarType type() {
    return type;
  }

  /** Returns the least M that is worth its time: a product of fewer rows takes longer. */
  int fewestRows() {
    return fewestRows;
  }

  /** Returns the number of columns up to which sums fit into 32 bits. */
  int mostColumns() {
    return Integer.MAX_VALUE / (largestDigit() * largestStored);
  }

  private int largestDigit() {
    return (1 << bits) - 1;
  }

  /** Libraries choose their instructions themselves, and environment variables limit them: so try the largest sums. */
  final boolean isExact() {
    int k = 64;
    try (org.bytedeco.pytorch.Tensor weights = filled(LARGEST_WEIGHT, 32, k);
        org.bytedeco.pytorch.Tensor signed = weights.to(ScalarType.Char);
        IValue packed = pack(signed);
        org.bytedeco.pytorch.Tensor numbers = filled(largestDigit(), 4, k);
        org.bytedeco.pytorch.Tensor digits = numbers.to(type);
        org.bytedeco.pytorch.Tensor sums = sums(digits, packed)) {
      for (float sum : NativeTensors.floats(sums)) {
        if (sum != (float) largestDigit() * LARGEST_WEIGHT * k) {
          return false;
        }
      }
      return true;
    } catch (RuntimeException e) {
      return false; // the application chose another engine for quantised layers
    }
  }

  private static org.bytedeco.pytorch.Tensor filled(int value, int rows, int columns) {
    float[] values = new float[rows * columns];
    Arrays.fill(values, value);
    return NativeTensors.of(values, rows, columns);
  }
}
