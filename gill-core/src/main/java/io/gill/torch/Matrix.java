package io.gill.torch;

import org.jspecify.annotations.Nullable;

/**
 * The weight matrix of a linear layer. {@link Weights#matrix} chooses how it is stored. Immutable; the tensors belong
 * to the owner that loaded them.
 */
public sealed interface Matrix permits Table, PackedMatrix, HalfMatrix {
  /**
   * Returns the number of rows.
   *
   * @return output width
   */
  long rows();

  /**
   * Returns the number of columns.
   *
   * @return input width
   */
  long columns();

  /**
   * Computes x·Wᵀ + b.
   *
   * @param x (…, columns)
   * @param bias (rows), or null
   * @return (…, rows), in the type of x
   */
  Tensor multiply(Tensor x, @Nullable Tensor bias);

  /**
   * Converts a tensor to the type and device of the weights.
   *
   * @param x the tensor
   * @return the converted tensor, or x itself
   */
  Tensor cast(Tensor x);
}
