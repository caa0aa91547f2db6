package io.gill.torch;

import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Quantises a matrix of a file on all threads. In memory are only the dense rows of the blocks at which they work.
 *
 * @param source the file
 * @param key key of a two-dimensional tensor of a floating-point type
 * @param format the format
 */
record RowwisePacker(FileWeights source, String key, RowwiseFormat format) {
  long blocks() {
    return RowwiseFormat.blocks(source.shape(key)[0], RowwiseFormat.GROUP);
  }

  /** Returns memory for some blocks: (count, columns, bytes of a record), unsigned bytes. */
  Tensor empty(long count) {
    long[] shape = source.shape(key);
    return Tensor.empty(ScalarType.Byte, format.shape(count * RowwiseFormat.GROUP, shape[1]));
  }

  /**
   * Quantises consecutive blocks.
   *
   * @param first index of the first block
   * @param to receives the blocks; made by {@link #empty}
   * @return false if one holds NaN or infinity
   */
  boolean pack(long first, Tensor to) {
    long rows = source.shape(key)[0];
    AtomicBoolean finite = new AtomicBoolean(true);
    WorkerThreads.runWithoutOpenMp(Math.toIntExact(to.size(0)), index -> Scope.part(() -> {
      long start = (first + index) * RowwiseFormat.GROUP;
      Tensor dense = source.rows(key, start, Math.min(RowwiseFormat.GROUP, rows - start));
      if (!dense.isFinite()) {
        finite.set(false);
      }
      to.select(0, index).copyFrom(format.pack(dense));
    }));
    return finite.get();
  }
}
