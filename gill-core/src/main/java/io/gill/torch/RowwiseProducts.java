package io.gill.torch;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Products of a vector with the rows of a large matrix of 8-bit integers, stored as {@link RowwiseFormat#INT8}
 * describes. Axes: D the width of the vector, G the group, B blocks of G rows.
 *
 * @param products (B · G)
 * @param largest (B), the largest product of each block
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record RowwiseProducts(float[] products, float[] largest) {
  /** Number of integers per call of the kernel: few calls, and the repeated vector stays in the cache. */
  private static final int PIECE = 1 << 21;

  private RowwiseProducts(int blocks, int group) {
    this(new float[blocks * group], new float[blocks]);
  }

  /**
   * Multiplies vectors by every row. Any thread may call it.
   *
   * @param bytes (B, D, G + 8) in a direct buffer, from its position to its limit
   * @param group G
   * @param vectors at least one, of width D
   * @return the products of each vector
   */
  public static List<RowwiseProducts> of(ByteBuffer bytes, int group, List<float[]> vectors) {
    int columns = vectors.get(0).length;
    int record = RowwiseFormat.INT8.recordBytes(group);
    int blocks = bytes.remaining() / (columns * record);
    int most = Math.max(1, PIECE / (columns * group)); // blocks per piece
    return Scope.compute("multiplying 8-bit vectors", () -> {
      Tensor records = Tensor.wrap(bytes.slice(), ScalarType.Byte, (long) blocks * columns, record);
      Tensor indices = Tensor.range((long) most * columns, 1);
      Tensor starts = Tensor.range(most + 1L, columns);
      List<Tensor> repeated = vectors.stream()
          .map(vector -> Tensor.adopt(Tensor.of(vector, columns).at().repeat(most))).toList(); // (most · D)
      List<RowwiseProducts> all = Stream.generate(() -> new RowwiseProducts(blocks, group)).limit(vectors.size())
          .toList();
      WorkerThreads.runWithoutOpenMp((blocks + most - 1) / most, piece -> {
        int first = piece * most;
        int count = Math.min(most, blocks - first);
        long numbers = (long) count * columns;
        try (org.bytedeco.pytorch.Tensor some = records.at().narrow(0, (long) first * columns, numbers);
            org.bytedeco.pytorch.Tensor each = indices.at().narrow(0, 0, numbers);
            org.bytedeco.pytorch.Tensor bags = starts.at().narrow(0, 0, count + 1L)) {
          for (int i = 0; i < all.size(); i++) {
            try (org.bytedeco.pytorch.Tensor weights = repeated.get(i).at().narrow(0, 0, numbers);
                org.bytedeco.pytorch.Tensor sums = RowwiseFormat.INT8.multiply(some, each, bags, weights); // (count, G)
                org.bytedeco.pytorch.Tensor maxima = sums.amax(new long[] {1}, false)) { // (count)
              copy(sums, all.get(i).products, first * group, count * group);
              copy(maxima, all.get(i).largest, first, count);
            }
          }
        }
      });
      return all;
    });
  }

  private static void copy(org.bytedeco.pytorch.Tensor from, float[] to, int offset, int count) {
    try (Pointer data = from.data_ptr(); FloatPointer floats = new FloatPointer(data)) {
      floats.get(to, offset, count);
    }
  }
}
