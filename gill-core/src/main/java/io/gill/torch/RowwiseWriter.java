package io.gill.torch;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.Map;

/** Quantises matrices of a file into another file. */
public final class RowwiseWriter {
  private RowwiseWriter() {}

  /**
   * Quantises a matrix block by block.
   *
   * @param file holds the matrix
   * @param key key of the matrix, (rows, columns) of any floating-point type
   * @param format the format
   * @param out receives a tensor of {@link RowwiseFormat#shape}
   * @throws GillException if the matrix holds NaN or infinity
   * @throws IOException if writing fails
   */
  public static void write(TensorFile file, String key, RowwiseFormat format, WritableByteChannel out)
      throws IOException {
    try (Scope owner = Scope.owner()) {
      Tensor dense = new FileWeights(file, owner, Device.CPU, Precision.FLOAT32, Map.of()).asStored(key, false);
      for (long block = 0; block < RowwiseFormat.blocks(dense.size(0), RowwiseFormat.GROUP); block++) {
        long index = block;
        Tensor packed = Scope.compute("quantising " + key, () -> {
          Tensor rows = RowwiseFormat.rows(dense, index);
          if (!rows.isFinite()) {
            throw new GillException(file.path() + ": " + key + " holds NaN or infinity and cannot be quantised");
          }
          return owner.keep(format.pack(rows));
        });
        TensorWriter.writeFully(out, packed.byteBuffer());
        packed.close();
      }
    }
  }
}
