package io.gill.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A tensor in memory, to be written to a file.
 *
 * @param dtype the element type
 * @param shape its sizes; empty for a number
 * @param bytes its elements, row-major and little-endian, from position to limit; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
public record TensorData(DType dtype, long[] shape, ByteBuffer bytes) {
  /**
   * Checks the size.
   *
   * @param dtype as above
   * @param shape as above
   * @param bytes as above
   */
  public TensorData {
    long size = dtype.byteSize();
    for (long length : shape) {
      size = Math.multiplyExact(size, length);
    }
    if (size != bytes.remaining()) {
      throw new IllegalArgumentException(bytes.remaining() + " bytes are not a tensor " + dtype + Arrays.toString(shape));
    }
  }

  /**
   * A tensor of 32-bit floats.
   *
   * @param values row-major elements, copied
   * @param shape its sizes; their product is the number of values
   * @return the tensor
   */
  public static TensorData of(float[] values, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return new TensorData(DType.F32, shape.clone(), bytes);
  }

  /**
   * A tensor of 16-bit floats (IEEE 754 binary16).
   *
   * @param values row-major elements, rounded to the nearest; beyond 65,504 they become infinite
   * @param shape its sizes; their product is the number of values
   * @return the tensor
   */
  public static TensorData half(float[] values, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Short.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values.length; i++) {
      bytes.putShort(i * Short.BYTES, SmallFloats.toHalf(values[i]));
    }
    return new TensorData(DType.F16, shape.clone(), bytes);
  }

  /**
   * A tensor of 64-bit floats.
   *
   * @param values row-major elements, copied
   * @param shape its sizes; their product is the number of values
   * @return the tensor
   */
  public static TensorData of(double[] values, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Double.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values);
    return new TensorData(DType.F64, shape.clone(), bytes);
  }
}
