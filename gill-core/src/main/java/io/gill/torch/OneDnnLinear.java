package io.gill.torch;

import java.util.Objects;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * x·Wᵀ + b by oneDNN, which multiplies 32-bit floats faster than OpenBLAS: in half the time on CPUs whose AVX-512
 * instructions OpenBLAS does not use. OpenBLAS is what {@code torch.linear} calls in the builds of libtorch for Java.
 */
final class OneDnnLinear {
  private static final @Nullable NativeOperator OPERATOR = NativeOperator.ofOneDnn("mkldnn::_linear_pointwise");

  /** Whether there is oneDNN; otherwise the products are OpenBLAS's, which has one thread. */
  static final boolean AVAILABLE = OPERATOR != null;

  private OneDnnLinear() {}

  /** What follows the product: nothing. */
  private static final class Nothing {
    static final IValue NAME = new IValue("none");
    static final IValue ALGORITHM = new IValue("");
    static final IValue NUMBERS = Objects.requireNonNull(OPERATOR).emptyList(4);
  }

  /**
   * Multiplies on any thread, outside a {@link Scope}.
   *
   * @param x (M, K), contiguous
   * @param weight (N, K), of the same type
   * @param bias (N), or null
   * @return (M, N), to be closed by the caller
   */
  static org.bytedeco.pytorch.Tensor of(org.bytedeco.pytorch.Tensor x, org.bytedeco.pytorch.Tensor weight,
      org.bytedeco.pytorch.@Nullable Tensor bias) {
    if (OPERATOR == null) {
      try (TensorOptional b = bias == null ? new TensorOptional() : new TensorOptional(bias)) {
        return torch.linear(x, weight, b);
      }
    }
    return OPERATOR.call(x, weight, bias, Nothing.NAME, Nothing.NUMBERS, Nothing.ALGORITHM);
  }
}
