package io.gill.torch;

import java.util.function.LongFunction;

/** Takes matrices from a file in the storage of a language model. Not thread-safe. */
final class RowwiseReader {
  private final FileWeights source;
  private final RowwiseMatrix.Counter counter;
  private final boolean packing;

  /**
   * Prepares a file.
   *
   * @param source the file
   * @param packing whether there is memory for copies of its matrices
   */
  RowwiseReader(FileWeights source, boolean packing) {
    this.source = source;
    this.packing = packing;
    counter = new RowwiseMatrix.Counter(source.owner());
  }

  /**
   * Returns a dense matrix in the storage that this CPU multiplies fastest.
   *
   * @param tensor (rows, columns), kept by the owner; closed if another storage replaces it
   */
  Matrix dense(Tensor tensor) {
    DenseMatrix dense = new DenseMatrix(tensor);
    Matrix fastest =
        packing ? Scope.compute("packing weights", () -> dense.forProducts(source.owner())) : dense;
    if (fastest != dense) {
      tensor.close();
    }
    return fastest;
  }

  /**
   * Takes a table that the file holds quantised; it may stay mapped.
   *
   * @param key key of a tensor whose shape fits the format
   * @param notFinite never runs: the table is not read
   */
  Table storedTable(RowwiseFormat format, String key, long rows, Runnable notFinite) {
    return RowwiseMatrix.of(format, source.asStored(key), rows, counter, packing);
  }

  /**
   * Takes the matrix of a linear layer that the file holds quantised.
   *
   * @param notFinite runs if a matrix that is read holds NaN or infinity
   */
  Matrix stored(RowwiseFormat format, String key, long rows, Runnable notFinite) {
    long[] shape = source.shape(key);
    if (!isPacked(format, rows, shape[1])) {
      return storedTable(format, key, rows, notFinite);
    }
    return packed(key, rows, shape[1], format.group(shape, rows, shape[1]),
        block -> format.weights(source.rows(key, block, 1).select(0, 0)), notFinite);
  }

  /**
   * Quantises a dense table of the file.
   *
   * @param key key of a two-dimensional tensor of a floating-point type
   * @param rows its number of rows
   * @param notFinite runs if the table holds NaN or infinity
   */
  Table quantizedTable(RowwiseFormat format, String key, long rows, Runnable notFinite) {
    RowwisePacker packer = new RowwisePacker(source, key, format);
    Tensor table = source.keep("quantising " + key, () -> packer.blocks(0, packer.blocks()));
    report(packer, notFinite);
    return RowwiseMatrix.of(format, table, rows, counter, packing);
  }

  /**
   * Quantises the matrix of a dense linear layer. A packed one is quantised twice, so that it has the numbers of the
   * file that {@link RowwiseWriter} would write.
   */
  Matrix quantized(RowwiseFormat format, String key, long rows, Runnable notFinite) {
    RowwisePacker packer = new RowwisePacker(source, key, format);
    if (!isPacked(format, rows, packer.columns())) {
      return quantizedTable(format, key, rows, notFinite);
    }
    Matrix matrix = packed(key, rows, packer.columns(), RowwiseFormat.GROUP,
        block -> format.weights(packer.block(block)), () -> {});
    report(packer, notFinite);
    return matrix;
  }

  private static void report(RowwisePacker packer, Runnable notFinite) {
    if (!packer.isFinite()) {
      notFinite.run();
    }
  }

  private boolean isPacked(RowwiseFormat format, long rows, long columns) {
    return packing && PackedMatrix.isFor(format, rows, columns);
  }

  private Matrix packed(
      String key, long rows, long columns, int group, LongFunction<Tensor> blocks, Runnable notFinite) {
    return Scope.compute("packing " + key,
        () -> PackedMatrix.of(rows, columns, group, blocks, source.owner(), notFinite));
  }
}
