package io.gill.torch;

import io.gill.Device;
import io.gill.Precision;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A matrix of 16-bit floats in FBGEMM's layout. Its product converts the weights in the processor's registers, so that
 * a few rows of the input take the time of reading them, where the CPU does not multiply 16-bit floats itself. Axes: M
 * rows of the input, K columns, N rows. The input and the sums have 32 bits.
 *
 * @param rows N
 * @param columns K
 * @param pieces all rows
 */
record HalfMatrix(long rows, long columns, List<PackedRows> pieces) implements Matrix {
  /** Number of weights that are worth another thread. */
  private static final long SMALLEST_PIECE = 1 << 20;

  /** The largest 16-bit float (binary16). */
  private static final float LARGEST = 65504;

  /**
   * The least maximum of a bfloat16 matrix. Numbers below 2⁻¹⁷ are rounded more than bfloat16 rounds them: these are at
   * most 2⁻⁹ of the largest then.
   */
  private static final float LEAST = 0x1p-8f;

  /** The operators, found when they are first needed, since they need the native library. */
  private static final class Operators {
    static final @Nullable NativeOperator PACK = NativeOperator.ofFbgemm("quantized::linear_prepack_fp16");
    static final @Nullable NativeOperator MULTIPLY = NativeOperator.ofFbgemm("quantized::linear_dynamic_fp16");

    /** Whether they multiply: not if the application chose another engine for quantised layers. */
    static final boolean WORK = PACK != null && MULTIPLY != null && work();

    private static boolean work() {
      try (org.bytedeco.pytorch.Tensor one = NativeTensors.of(new float[] {1}, 1, 1);
          IValue packed = Objects.requireNonNull(PACK).callForValue(one, null);
          org.bytedeco.pytorch.Tensor product = Objects.requireNonNull(MULTIPLY).call(one, packed)) {
        return NativeTensors.floats(product)[0] == 1;
      } catch (RuntimeException e) {
        return false;
      }
    }
  }

  /** Returns whether there is FBGEMM. Loads libtorch. */
  static boolean isAvailable() {
    Torch.ensureLoaded();
    return Operators.WORK;
  }

  /** Returns whether this CPU multiplies matrices of a type faster in this layout. Loads libtorch. */
  static boolean isFor(ScalarType type) {
    return (type == ScalarType.BFloat16 || type == ScalarType.Half) && isAvailable() && !CpuInstructions.BFLOAT16;
  }

  /**
   * Packs a matrix. Runs inside {@link Scope#compute}.
   *
   * @param weights (N, K), on the CPU
   * @param owner keeps the packed weights
   * @return null if a weight is not finite or larger than 65504, or all weights are bfloat16 and below 2⁻⁸
   */
  static @Nullable HalfMatrix of(Tensor weights, Scope owner) {
    float largest = weights.reshape(1, -1).largestMagnitude(1).toFloats()[0];
    if (!(largest <= LARGEST) || (weights.type() == ScalarType.BFloat16 && largest < LEAST)) { // also for NaN
      return null;
    }
    return new HalfMatrix(weights.size(0), weights.size(1), PackedRows.of(
        weights.size(0), weights.size(1), SMALLEST_PIECE, owner, (first, count) -> {
          Tensor some = weights.narrow(0, first, count).to(Precision.FLOAT32).contiguous();
          return Objects.requireNonNull(Operators.PACK).callForValue(some, null);
        }));
  }

  @Override
  public Tensor multiply(Tensor x, @Nullable Tensor bias) {
    return Scope.tidy(() -> {
      Tensor input = x.to(Precision.FLOAT32).reshape(-1, columns).contiguous(); // (M, K)
      Tensor y = Tensor.empty(ScalarType.Float, input.size(0), rows); // (M, N)
      WorkerThreads.runWithoutOpenMp(pieces.size(), i -> {
        PackedRows piece = pieces.get(i);
        try (org.bytedeco.pytorch.Tensor product =
                Objects.requireNonNull(Operators.MULTIPLY).call(input.at(), piece.values()); // (M, n)
            org.bytedeco.pytorch.Tensor out = y.at().narrow(1, piece.first(), piece.count())) {
          out.copy_(product);
        }
      });
      long[] shape = x.shape();
      shape[shape.length - 1] = rows;
      return (bias == null ? y : y.add(bias.to(Precision.FLOAT32))).to(x).reshape(shape);
    });
  }

  @Override
  public Tensor cast(Tensor x) {
    return x.to(Precision.FLOAT32, Device.CPU);
  }
}
