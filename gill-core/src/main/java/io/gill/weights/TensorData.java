package io.gill.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A tensor in memory that will be written to a file.
 *
 * @param dtype element type
 * @param shape size of each axis; empty for a scalar
 * @param bytes elements between position and limit, row-major and little-endian; must not be modified
 */
@SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
public record TensorData(DType dtype, long[] shape, ByteBuffer bytes) {
  /**
   * Checks the size.
   *
   * @param dtype element type
   * @param shape size of each axis
   * @param bytes elements between position and limit, row-major and little-endian
   */
  public TensorData {
    long size = dtype.byteSize();
    for (long length : shape) {
      size = Math.multiplyExact(size, length);
    }
    if (size != bytes.remaining()) {
      throw new IllegalArgumentException(
          bytes.remaining() + " bytes do not make a tensor " + dtype + Arrays.toString(shape));
    }
  }

  /**
   * Creates a tensor of 32-bit floats.
   *
   * @param values row-major elements, copied
   * @param shape size of each axis; their product is the number of values
   * @return the tensor
   */
  public static TensorData of(float[] values, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
        .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return new TensorData(DType.F32, shape.clone(), bytes);
  }

  /**
   * Creates a tensor of 16-bit floats (IEEE 754 binary16).
   *
   * @param values row-major elements, rounded to nearest; beyond 65,504 they become infinite
   * @param shape size of each axis; their product is the number of values
   * @return the tensor
   */
  public static TensorData half(float[] values, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Short.BYTES))
        .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values.length; i++) {
      bytes.putShort(i * Short.BYTES, SmallFloats.toHalf(values[i]));
    }
    return new TensorData(DType.F16, shape.clone(), bytes);
  }

  /**
   * Creates a tensor of 64-bit floats.
   *
   * @param values row-major elements, copied
   * @param shape size of each axis; their product is the number of values
   * @return the tensor
   */
  public static TensorData of(double[] values, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Double.BYTES))
        .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values);
    return new TensorData(DType.F64, shape.clone(), bytes);
  }
}
