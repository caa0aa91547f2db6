package io.gill.torch;

import org.bytedeco.pytorch.global.torch.ScalarType;

/** Quantises a matrix of a file. In memory are only the dense rows of the blocks at which threads work. Thread-safe. */
final class RowwisePacker {
  private final FileWeights source;
  private final String key;
  private final RowwiseFormat format;
  private volatile boolean finite = true;

  /**
   * Prepares a matrix.
   *
   * @param source the file
   * @param key key of a two-dimensional tensor of a floating-point type
   * @param format the format
   */
  RowwisePacker(FileWeights source, String key, RowwiseFormat format) {
    this.source = source;
    this.key = key;
    this.format = format;
  }

  long rows() {
    return source.shape(key)[0];
  }

  long columns() {
    return source.shape(key)[1];
  }

  int blocks() {
    return Math.toIntExact(RowwiseFormat.blocks(rows(), RowwiseFormat.GROUP));
  }

  /** Returns whether the blocks quantised so far hold neither NaN nor infinity. */
  boolean isFinite() {
    return finite;
  }

  /** Quantises a block, given its index: (columns, bytes of a record), unsigned bytes. */
  Tensor block(long index) {
    long start = index * RowwiseFormat.GROUP;
    Tensor dense = source.rows(key, start, Math.min(RowwiseFormat.GROUP, rows() - start));
    if (!dense.isFinite()) {
      finite = false;
    }
    return format.pack(dense);
  }

  /**
   * Quantises consecutive blocks on all threads.
   *
   * @param first index of the first block
   * @param count their number
   * @return (count, columns, bytes of a record), unsigned bytes
   */
  Tensor blocks(long first, int count) {
    Tensor packed = Tensor.empty(ScalarType.Byte, format.shape((long) count * RowwiseFormat.GROUP, columns()));
    WorkerThreads.runWithoutOpenMp(
        count, index -> Scope.part(() -> packed.select(0, index).copyFrom(block(first + index))));
    return packed;
  }
}
