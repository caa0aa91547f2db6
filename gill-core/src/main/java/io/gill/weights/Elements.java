package io.gill.weights;

import java.nio.ByteBuffer;

/** Converts stored elements to Java's number types. */
final class Elements {
  private interface FloatAt {
    float at(int index);
  }

  private Elements() {}

  /** Converts real numbers to single precision; F64 and integers are rounded, booleans become 0 and 1. */
  static float[] toFloats(DType dtype, ByteBuffer bytes, int count) {
    float[] values = new float[count];
    switch (dtype) {
      case F32 -> bytes.asFloatBuffer().get(values);
      case F16 -> fill(values, i -> SmallFloats.half(bytes.getShort(2 * i)));
      case BF16 -> fill(values, i -> SmallFloats.bfloat16(bytes.getShort(2 * i)));
      case F8_E4M3 -> fill(values, i -> SmallFloats.float8e4m3(bytes.get(i)));
      case F8_E5M2 -> fill(values, i -> SmallFloats.float8e5m2(bytes.get(i)));
      case F8_E4M3FNUZ -> fill(values, i -> SmallFloats.float8e4m3fnuz(bytes.get(i)));
      case F8_E5M2FNUZ -> fill(values, i -> SmallFloats.float8e5m2fnuz(bytes.get(i)));
      case F8_E8M0 -> fill(values, i -> SmallFloats.float8e8m0(bytes.get(i)));
      case F64 -> fill(values, i -> (float) bytes.getDouble(8 * i));
      case U64 -> fill(values, i -> unsignedToFloat(bytes.getLong(8 * i)));
      case BOOL, U8, I8, U16, I16, U32, I32, I64 -> fill(values, i -> integer(dtype, bytes, i));
      case C64 -> throw new AssertionError(dtype);
    }
    return values;
  }

  /** Returns an integer, or a boolean as 0 or 1; U64 beyond the range of {@code long} is negative. */
  static long integer(DType dtype, ByteBuffer bytes, int i) {
    return switch (dtype) {
      case BOOL -> bytes.get(i) == 0 ? 0 : 1;
      case U8 -> Byte.toUnsignedLong(bytes.get(i));
      case I8 -> bytes.get(i);
      case U16 -> Short.toUnsignedLong(bytes.getShort(2 * i));
      case I16 -> bytes.getShort(2 * i);
      case U32 -> Integer.toUnsignedLong(bytes.getInt(4 * i));
      case I32 -> bytes.getInt(4 * i);
      case U64, I64 -> bytes.getLong(8 * i);
      case F8_E4M3, F8_E5M2, F8_E4M3FNUZ, F8_E5M2FNUZ, F8_E8M0, F16, BF16, F32, F64, C64 ->
          throw new AssertionError(dtype);
    };
  }

  private static void fill(float[] values, FloatAt source) {
    for (int i = 0; i < values.length; i++) {
      values[i] = source.at(i);
    }
  }

  private static float unsignedToFloat(long bits) {
    // Halved, with the lost bit kept for rounding, then doubled.
    return bits >= 0 ? bits : 2f * ((bits >>> 1) | (bits & 1));
  }
}
