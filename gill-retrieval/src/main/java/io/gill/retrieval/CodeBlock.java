package io.gill.retrieval;

import io.gill.torch.RowwiseFormat;
import io.gill.torch.RowwiseProducts;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Unit vectors quantised to 8 bits per number, stored by number: the first number of all vectors, then the second, ….
 * Number d of a vector is about {@code code · scale + offset} with the scale and the offset of d.
 *
 * @param records per number: a code per vector, 0 to 255, then the scale and the offset
 * @param errors bound of each vector: its product with any unit vector, computed in 32 bits, and the product of its
 *     codes, computed by {@link RowwiseProducts}, differ by at most this
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record CodeBlock(byte[] records, float[] errors) {
  /** Number of vectors in a block: with AVX2, their sums fit into the registers. */
  static final int ROWS = 96;

  /** Bytes of a record. */
  static final int RECORD = RowwiseFormat.INT8.recordBytes(ROWS);

  private static final int LARGEST = 255;

  /** Relative error of one 32-bit operation. */
  private static final double UNIT_ROUNDOFF = 0x1p-24;

  /** Quantises at most {@link #ROWS} unit vectors; codes of missing ones are 0. */
  static CodeBlock of(List<float[]> units) {
    int dimension = units.get(0).length;
    ByteBuffer records = ByteBuffer.allocate(dimension * RECORD).order(ByteOrder.LITTLE_ENDIAN);
    double[] squares = new double[units.size()];
    double magnitude = 0;
    for (int d = 0; d < dimension; d++) {
      float low = Float.POSITIVE_INFINITY;
      float high = Float.NEGATIVE_INFINITY;
      for (float[] unit : units) {
        low = Math.min(low, unit[d]);
        high = Math.max(high, unit[d]);
      }
      float scale = (high - low) / LARGEST;
      for (int row = 0; row < ROWS; row++) {
        int code = 0;
        if (row < units.size()) {
          float value = units.get(row)[d];
          code = scale > 0 ? Math.min(LARGEST, Math.round((value - low) / scale)) : 0;
          double off = value - ((double) scale * code + low);
          squares[row] += off * off;
        }
        records.put((byte) code);
      }
      records.putFloat(scale).putFloat(low);
      double most = (double) LARGEST * scale + Math.abs(low);
      magnitude += most * most;
    }
    float[] errors = new float[units.size()];
    double rounding = rounding(dimension, Math.sqrt(magnitude));
    for (int row = 0; row < errors.length; row++) {
      errors[row] = Math.nextUp((float) (Math.sqrt(squares[row]) + rounding));
    }
    return new CodeBlock(records.array(), errors);
  }

  /**
   * Returns a bound on the rounding errors of both products. Each term of a product is rounded by a known number of
   * operations. With ‖q‖ = 1, the absolute values of all terms add up to at most ‖m‖ (Cauchy-Schwarz).
   *
   * @param magnitude ‖m‖, where m has, for each number, the largest magnitude that the query's number is multiplied by
   */
  private static double rounding(int dimension, double magnitude) {
    int codes = 2 * dimension + 8; // a scale's and an offset's product are added for each number
    int floats = dimension + 8; // the norms of the vectors are rounded, too
    return UNIT_ROUNDOFF * (codes * magnitude + floats);
  }
}
