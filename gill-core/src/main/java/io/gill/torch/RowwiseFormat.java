package io.gill.torch;

import io.gill.Precision;
import io.gill.Quantization;
import java.util.Optional;
import java.util.Set;

/**
 * The storage of a quantised matrix W (out, in): PyTorch's row-wise quantised embedding tables.
 *
 * <p>The matrix is cut into blocks of G outputs, the last one padded with zeros. A block is stored transposed: for each
 * input, one record with its G weights. A record is a group: it has its own scale s and offset b, and a stored integer
 * q means q·s + b. Groups along the outputs isolate an input with large activations from the others (Heo et al. 2023,
 * arXiv 2309.15531). The tensor is (⌈out/G⌉, in, bytes of a record), unsigned bytes:
 *
 * <table>
 * <caption>A record</caption>
 * <tr><th>bits</th><th>bytes</th><th>content</th></tr>
 * <tr><td>8</td><td>G + 8</td><td>G integers from 0 to 255, then s and b as 32-bit floats</td></tr>
 * <tr><td>4</td><td>G/2 + 4</td><td>G integers from 0 to 15, two per byte, the first in the lower half, then s and b as
 * 16-bit floats</td></tr>
 * </table>
 *
 * <p>All numbers are little-endian. Both formats are those of {@code torch.ops.quantized.embedding_bag_byte_prepack}
 * and {@code embedding_bag_4bit_prepack}.
 */
public enum RowwiseFormat {
  /** 8 bits per weight. */
  INT8(8, 8, "_int8"),
  /** 4 bits per weight. */
  INT4(4, 4, "_int4");

  /** Group size of matrices quantised here: G. */
  public static final int GROUP = 128;

  /** Step and end of the search for the share of a group's range that 4 bits represent best. */
  private static final double CLIPPING_STEP = 0.05;

  private static final double SMALLEST_SHARE = 0.6;

  private static final int SMALLEST_GROUP = 32;
  private static final int LARGEST_GROUP = 1024;

  private final int bits;
  private final int scaleBytes;
  private final String suffix;

  RowwiseFormat(int bits, int scaleBytes, String suffix) {
    this.bits = bits;
    this.scaleBytes = scaleBytes;
    this.suffix = suffix;
  }

  /** The operators, found when they are first needed, since they need the native library. */
  private static final class Operators {
    static final NativeOperator PACK_INT8 = of("byte_prepack");
    static final NativeOperator PACK_INT4 = of("4bit_prepack");
    static final NativeOperator UNPACK_INT8 = of("byte_unpack");
    static final NativeOperator UNPACK_INT4 = of("4bit_unpack");
    static final NativeOperator MULTIPLY_INT8 = of("byte_rowwise_offsets");
    static final NativeOperator MULTIPLY_INT4 = of("4bit_rowwise_offsets");

    private static NativeOperator of(String name) {
      return NativeOperator.of("quantized::embedding_bag_" + name);
    }
  }

  /**
   * Returns the format of a quantisation.
   *
   * @param quantization the quantisation
   * @return empty for {@link Quantization#NONE}
   */
  public static Optional<RowwiseFormat> of(Quantization quantization) {
    return switch (quantization) {
      case NONE -> Optional.empty();
      case INT8 -> Optional.of(INT8);
      case INT4 -> Optional.of(INT4);
    };
  }

  /**
   * Returns the bits per weight.
   *
   * @return 8 or 4
   */
  public int bits() {
    return bits;
  }

  /**
   * Returns the key of a quantised tensor.
   *
   * @param key key of the dense tensor: {@code fc1.weight}
   * @return {@code fc1.weight_int8}, for example
   */
  public String key(String key) {
    return key + suffix;
  }

  /**
   * Returns how the matrices of a file are quantised.
   *
   * @param names keys of its tensors
   * @return the least number of bits; {@link Quantization#NONE} if all tensors are dense
   */
  public static Quantization quantization(Set<String> names) {
    Quantization found = Quantization.NONE;
    for (String key : names) {
      if (INT4.isKey(key)) {
        return Quantization.INT4;
      }
      found = INT8.isKey(key) ? Quantization.INT8 : found;
    }
    return found;
  }

  /** Returns whether a key names a quantised tensor of this format. */
  boolean isKey(String key) {
    return key.endsWith(".weight" + suffix);
  }

  /**
   * Returns the shape of a stored matrix.
   *
   * @param rows number of outputs
   * @param columns number of inputs
   * @return (blocks, columns, bytes of a record), for groups of {@link #GROUP}
   */
  public long[] shape(long rows, long columns) {
    return new long[] {blocks(rows, GROUP), columns, recordBytes(GROUP)};
  }

  /**
   * Returns the size of a record.
   *
   * @param group G
   * @return the number of bytes
   */
  public int recordBytes(int group) {
    return group * bits / Byte.SIZE + scaleBytes;
  }

  static long blocks(long rows, int group) {
    return (rows + group - 1) / group;
  }

  /** Returns the group size of a stored matrix, or 0 if its shape does not fit a matrix of this size. */
  int group(long[] shape, long rows, long columns) {
    if (shape.length != 3 || shape[1] != columns) {
      return 0;
    }
    long group = (shape[2] - scaleBytes) * Byte.SIZE / bits;
    boolean known = group >= SMALLEST_GROUP && group <= LARGEST_GROUP && group % SMALLEST_GROUP == 0;
    return known && shape[0] == blocks(rows, (int) group) ? (int) group : 0;
  }

  /** Returns the group size of a stored matrix. */
  int group(Tensor table) {
    return (int) ((table.size(-1) - scaleBytes) * Byte.SIZE / bits);
  }

  /**
   * Quantises one block.
   *
   * @param rows (n, columns), n ≤ {@link #GROUP}, of any floating-point type
   * @return (columns, bytes of a record), unsigned bytes
   */
  Tensor pack(Tensor rows) {
    return Scope.tidy(() -> {
      Tensor floats = rows.to(Precision.FLOAT32);
      long missing = GROUP - floats.size(0);
      Tensor whole = missing == 0 ? floats : floats.padZeros(0, 0, 0, missing); // (G, columns)
      Tensor groups = whole.transpose(0, 1).contiguous(); // (columns, G)
      return packed(this == INT8 ? groups : clipped(groups));
    });
  }

  /** Quantises groups between the smallest and the largest weight of each: (n, G) → (n, bytes of a record). */
  private Tensor packed(Tensor groups) {
    return Tensor.adopt(this == INT8
        ? Operators.PACK_INT8.call(groups) : Operators.PACK_INT4.call(groups, false, 0L, 0.0));
  }

  /** Clips each group to the share of its range that has the least square error when it is quantised. */
  private Tensor clipped(Tensor groups) {
    Tensor low = groups.amin(1); // (n, 1)
    Tensor high = groups.amax(1); // (n, 1)
    Tensor best = groups; // (n, G)
    Tensor least = error(groups, groups); // (n, 1)
    for (double share = 1 - CLIPPING_STEP; share >= SMALLEST_SHARE; share -= CLIPPING_STEP) {
      Tensor candidate = groups.clamp(low.mul(share), high.mul(share));
      Tensor error = error(candidate, groups);
      Tensor better = error.lessThan(least); // (n, 1)
      best = candidate.where(better, best);
      least = error.where(better, least);
    }
    return best;
  }

  /** Returns the mean square difference of each group from what its clipped version is quantised to: (n, 1). */
  private Tensor error(Tensor clipped, Tensor groups) {
    Tensor difference = Tensor.adopt(unpack(packed(clipped).at())).add(groups.mul(-1)); // (n, G)
    return difference.mul(difference).mean(1).unsqueeze(1);
  }

  /** Returns the weights of records: (n, bytes of a record) → (n, G), 32-bit floats, to be closed by the caller. */
  org.bytedeco.pytorch.Tensor unpack(org.bytedeco.pytorch.Tensor records) {
    return (this == INT8 ? Operators.UNPACK_INT8 : Operators.UNPACK_INT4).call(records);
  }

  /** Returns the weights of a block: (K, bytes of a record) → (G, K), 32-bit floats. */
  Tensor weights(Tensor records) {
    return Tensor.adopt(unpack(records.at())).transpose(0, 1);
  }

  /**
   * Multiplies one row with several blocks, or several rows with one block. Any thread may call it; it creates no
   * tensor in a {@link Scope}.
   *
   * @param records (records, bytes of a record)
   * @param indices (products · columns) of records, 32-bit integers
   * @param starts (products + 1): 0 and the ends of the products in {@code indices}, 32-bit integers
   * @param x (products · columns): a factor for each index
   * @return (products, G), to be closed by the caller
   */
  org.bytedeco.pytorch.Tensor multiply(org.bytedeco.pytorch.Tensor records, org.bytedeco.pytorch.Tensor indices,
      org.bytedeco.pytorch.Tensor starts, org.bytedeco.pytorch.Tensor x) {
    NativeOperator operator = this == INT8 ? Operators.MULTIPLY_INT8 : Operators.MULTIPLY_INT4;
    return operator.call(records, indices, starts, false, 0L, false, x, null, true);
  }
}
