package io.gill.weights;

/** Floating-point formats without a Java type. Widening is exact; NaN stays NaN. */
final class SmallFloats {
  private SmallFloats() {}

  static float half(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >>> 10) & 0x1f;
    int mantissa = bits & 0x3ff;
    if (exponent == 0) {
      float magnitude = mantissa * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 31 ? 0xff : exponent + 112;
    return Float.intBitsToFloat(sign | wide << 23 | mantissa << 13);
  }

  /** Rounds to nearest, ties to even; values out of range become infinite. */
  static short toHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
      return (short) (sign | 0x7e00); // NaN
    }
    if (magnitude >= 0x477ff000) {
      return (short) (sign | 0x7c00); // 65520 and more
    }
    if (magnitude < 0x38800000) { // below 2^-14: rint rounds to multiples of 2^-24
      return (short) (sign | (int) Math.rint(Math.abs(value) * 0x1p24));
    }
    int odd = (magnitude >>> 13) & 1;
    return (short) (sign | (magnitude - (112 << 23) + 0xfff + odd) >>> 13);
  }

  static float bfloat16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  static float float8e5m2(byte bits) {
    return half((short) (bits << 8));
  }

  /** The encoding of negative zero is the only NaN; those of infinity and NaN are numbers. */
  static float float8e5m2fnuz(byte bits) {
    int exponent = (bits >>> 2) & 0x1f;
    int mantissa = bits & 3;
    return unsignedZero(bits, exponent == 0 ? mantissa * 0x1p-17f : Math.scalb(4f + mantissa, exponent - 18));
  }

  /** Special values are encoded as in {@link #float8e5m2fnuz}. */
  static float float8e4m3fnuz(byte bits) {
    int exponent = (bits >>> 3) & 0xf;
    int mantissa = bits & 7;
    return unsignedZero(bits, exponent == 0 ? mantissa * 0x1p-10f : Math.scalb(8f + mantissa, exponent - 11));
  }

  private static float unsignedZero(byte bits, float magnitude) {
    if (bits == Byte.MIN_VALUE) {
      return Float.NaN;
    }
    return bits < 0 ? -magnitude : magnitude;
  }

  static float float8e8m0(byte bits) {
    return bits == -1 ? Float.NaN : Math.scalb(1f, (bits & 0xff) - 127);
  }

  static float float8e4m3(byte bits) {
    int exponent = (bits >>> 3) & 0xf;
    int mantissa = bits & 7;
    if (exponent == 0xf && mantissa == 7) {
      return Float.NaN;
    }
    float magnitude = exponent == 0 ? mantissa * 0x1p-9f : Math.scalb(8f + mantissa, exponent - 10);
    return bits < 0 ? -magnitude : magnitude;
  }
}
