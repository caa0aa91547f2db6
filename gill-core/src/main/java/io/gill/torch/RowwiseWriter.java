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
  /** Number of blocks that are in memory at a time: some for each thread. */
  private static final int BLOCKS = 32;

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
      RowwisePacker packer = new RowwisePacker(
          new FileWeights(file, owner, Device.CPU, Precision.FLOAT32, Map.of()), key, format);
      for (int first = 0; first < packer.blocks(); first += BLOCKS) {
        int start = first;
        int count = Math.min(BLOCKS, packer.blocks() - first);
        Tensor packed = Scope.compute("quantising " + key, () -> owner.keep(packer.blocks(start, count)));
        if (!packer.isFinite()) {
          throw new GillException(file.path() + ": " + key + " holds NaN or infinity and cannot be quantised");
        }
        TensorWriter.writeFully(out, packed.memory(0, packed.elementCount()));
        packed.close();
      }
    }
  }
}
