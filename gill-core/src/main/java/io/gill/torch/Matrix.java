package io.gill.torch;

import org.jspecify.annotations.Nullable;

/**
 * The weight matrix of a linear layer or an embedding table. {@link Weights#matrix} chooses how it is stored.
 * Immutable; the tensors belong to the owner that loaded them.
 */
public sealed interface Matrix permits DenseMatrix, RowwiseMatrix {
  /**
   * Returns the number of rows.
   *
   * @return output width, or number of tokens
   */
  long rows();

  /**
   * Returns the number of columns.
   *
   * @return input width, or width of an embedding
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
   * Returns rows.
   *
   * @param indices row numbers
   * @return (n, columns); may be a view, so it must not be changed
   */
  Tensor select(long... indices);

  /**
   * Converts a tensor to the type and device of {@link #select}'s rows.
   *
   * @param x the tensor
   * @return the converted tensor, or x itself
   */
  Tensor cast(Tensor x);

  /**
   * Returns the first rows.
   *
   * @param count number of rows
   * @param owner keeps the tensors of the result
   * @return a view
   */
  Matrix first(long count, Scope owner);

  /**
   * Returns the mean of all rows.
   *
   * @return (columns)
   */
  Tensor mean();

  /**
   * Returns whether another matrix has the same elements.
   *
   * @param other the other matrix
   * @return false also if only the storage differs
   */
  boolean sameAs(Matrix other);

  /** Frees the memory before the owner closes. */
  void close();
}
