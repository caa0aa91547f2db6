package io.gill.torch;

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
    return RowwiseMatrix.of(format, source.asStored(key), rows, counter);
  }

  /**
   * Quantises a dense matrix of the file.
   *
   * @param key key of a two-dimensional tensor of a floating-point type
   * @param notFinite runs if the matrix holds NaN or infinity
   */
  RowwiseMatrix quantized(RowwiseFormat format, String key, Runnable notFinite) {
    RowwisePacker packer = new RowwisePacker(source, key, format);
    Tensor table = source.keep("quantising " + key, () -> {
      Tensor packed = packer.empty(packer.blocks());
      if (!packer.pack(0, packed)) {
        notFinite.run();
      }
      return packed;
    });
    return RowwiseMatrix.of(format, table, source.shape(key)[0], counter);
  }
}
