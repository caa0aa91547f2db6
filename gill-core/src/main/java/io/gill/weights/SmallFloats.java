package io.gill.weights;

/** Widening of the floating-point formats Java has no type for; exact, NaN stays NaN. */
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

  static float bfloat16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  static float float8e5m2(byte bits) {
    return half((short) (bits << 8));
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
