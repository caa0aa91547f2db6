package io.gill.torch;

import java.util.function.Consumer;

/** Takes quantised matrices from a file. Not thread-safe. */
final class RowwiseReader {
  private final FileWeights source;
  private final RowwiseMatrix.Counter counter;

  RowwiseReader(FileWeights source) {
    this.source = source;
    counter = new RowwiseMatrix.Counter(source.owner());
  }

  /**
   * Takes a matrix that the file holds quantised; it may stay mapped.
   *
   * @param key key of a tensor whose shape fits the format
   */
  RowwiseMatrix stored(RowwiseFormat format, String key, long rows) {
    return RowwiseMatrix.of(format, source.asStored(key, true), rows, counter);
  }

  /**
   * Quantises a dense matrix of the file.
   *
   * @param key key of a two-dimensional tensor of a floating-point type
   * @param check sees the dense matrix, which is freed afterwards
   */
  RowwiseMatrix quantized(RowwiseFormat format, String key, Consumer<Tensor> check) {
    Tensor dense = source.asStored(key, false);
    check.accept(dense);
    Tensor table = source.keep("quantising " + key, () -> format.packAll(dense));
    long rows = dense.size(0);
    dense.close();
    return RowwiseMatrix.of(format, table, rows, counter);
  }
}
