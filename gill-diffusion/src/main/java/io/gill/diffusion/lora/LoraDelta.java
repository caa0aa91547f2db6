package io.gill.diffusion.lora;

import io.gill.GillException;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.weights.StoredTensor;

/**
 * The change of a weight by an adapter: ΔW = factor · up · down. Axes: O output and I input channels, K the kernel's
 * size (1 for a linear layer), R the rank.
 *
 * @param down (R, I) or (R, I, K, K)
 * @param up (O, R) or (O, R, 1, 1)
 * @param factor the caller's scale times α/R
 */
record LoraDelta(StoredTensor down, StoredTensor up, double factor) {
  /** Returns the sum of a weight (O, I) or (O, I, K, K) and this change. */
  Tensor addTo(Tensor weight) {
    return Scope.tidy(() -> {
      long rank = down.shape()[0];
      Tensor a = Tensor.of(down.toFloatArray(), rank, down.elementCount() / rank); // (R, I·K·K)
      Tensor b = Tensor.of(up.toFloatArray(), up.elementCount() / rank, rank); // (O, R)
      Tensor delta = b.toDeviceOf(weight).matmul(a.toDeviceOf(weight)).mul(factor); // (O, R) @ (R, I·K·K) → (O, I·K·K)
      if (!delta.isFinite()) {
        throw new GillException(
            down.origin() + ": '" + down.name() + "' or '" + up.name() + "' holds NaN or infinity, or they overflow");
      }
      return weight.add(delta.reshape(weight.shape()));
    });
  }

  /** Returns whether an adapter fits a weight; a linear layer may be stored as a 1×1 kernel. */
  static boolean fits(long[] down, long[] up, long[] weight) {
    return isMatrixOrKernel(down) && isMatrixOrKernel(up) && isMatrixOrKernel(weight)
        && down[0] > 0 && up[1] == down[0] && kernel(up) == 1
        && up[0] == weight[0] && down[1] == weight[1] && kernel(down) == kernel(weight);
  }

  private static boolean isMatrixOrKernel(long[] shape) {
    return shape.length == 2 || (shape.length == 4 && shape[2] == shape[3]);
  }

  private static long kernel(long[] shape) {
    return shape.length == 2 ? 1 : shape[2];
  }
}
