package io.gill.torch;

/**
 * A matrix whose rows can be read: an embedding table, which may also be the output layer. {@link Weights#table}
 * chooses how it is stored.
 */
public sealed interface Table extends Matrix permits DenseMatrix, RowwiseMatrix {
  /**
   * Returns rows.
   *
   * @param indices row numbers
   * @return (n, columns), of the type to which {@link #cast} converts; may be a view, so it must not be changed
   */
  Tensor select(long... indices);

  /**
   * Returns the first rows.
   *
   * @param count number of rows
   * @param owner keeps the tensors of the result
   * @return a view
   */
  Table first(long count, Scope owner);

  /**
   * Returns the mean of all rows.
   *
   * @return (columns)
   */
  Tensor mean();

  /**
   * Returns the matrix in the storage that is multiplied fastest. Its products may differ by the rounding of a
   * quantisation from those of {@link #select}'s rows.
   *
   * @param owner keeps new tensors
   * @return a matrix of the same size, or this
   */
  Matrix forProducts(Scope owner);

  /**
   * Returns whether another table has the same elements.
   *
   * @param other the other table
   * @return false also if only the storage differs
   */
  boolean sameAs(Table other);

  /** Frees the memory before the owner closes. */
  void close();
}
