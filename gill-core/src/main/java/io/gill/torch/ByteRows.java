package io.gill.torch;

import io.gill.Device;
import io.gill.Precision;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Rows of numbers as signed bytes on the CPU. Each row has a scale s, the largest magnitude in the row divided by 127;
 * a byte q represents q·s. Axes: E the width of a row.
 *
 * @param bytes (…, E) integers from −127 to 127
 * @param scales (…, 1) 32-bit floats
 */
public record ByteRows(Tensor bytes, Tensor scales) {
  private static final double LARGEST = 127;

  /**
   * Creates rows of zeros.
   *
   * @param shape (…, E)
   * @return new rows
   */
  public static ByteRows zeros(long... shape) {
    long[] one = shape.clone();
    one[shape.length - 1] = 1;
    return new ByteRows(
        Tensor.empty(ScalarType.Char, 0).newZeros(shape), Tensor.zeros(Precision.FLOAT32, Device.CPU, one));
  }

  /**
   * Returns a range of a dimension other than the last.
   *
   * @param dim the dimension, from 0
   * @param start first index
   * @param length length of the range
   * @return a view
   */
  public ByteRows narrow(int dim, long start, long length) {
    return new ByteRows(bytes.narrow(dim, start, length), scales.narrow(dim, start, length));
  }

  /**
   * Overwrites these rows with rounded numbers. A row with NaN or an infinity becomes NaN.
   *
   * @param source (…, E) floats of any precision, in this shape
   */
  public void copyFrom(Tensor source) {
    Scope.tidy(() -> {
      Tensor rows = source.to(Precision.FLOAT32);
      scales.copyFrom(rows.largestMagnitude(-1).div(LARGEST)); // (…, 1)
      // The limit keeps a row of zeros from a division by zero.
      return bytes.copyFrom(rows.div(scales.clamp(Float.MIN_NORMAL, Double.POSITIVE_INFINITY)).round());
    });
  }

  /**
   * Converts the rows.
   *
   * @return (…, E) new 32-bit floats
   */
  public Tensor toTensor() {
    return bytes.to(Precision.FLOAT32).mulInPlace(scales);
  }
}
