package io.gill.weights;

/** Element types of stored tensors, named as in safetensors. */
public enum DType {
  /** One byte; 0 is false. */
  BOOL(1, Kind.BOOLEAN),
  /** Unsigned 8-bit integer. */
  U8(1, Kind.INTEGER),
  /** Signed 8-bit integer. */
  I8(1, Kind.INTEGER),
  /** Unsigned 16-bit integer. */
  U16(2, Kind.INTEGER),
  /** Signed 16-bit integer. */
  I16(2, Kind.INTEGER),
  /** Unsigned 32-bit integer. */
  U32(4, Kind.INTEGER),
  /** Signed 32-bit integer. */
  I32(4, Kind.INTEGER),
  /** Unsigned 64-bit integer. */
  U64(8, Kind.INTEGER),
  /** Signed 64-bit integer. */
  I64(8, Kind.INTEGER),
  /** 8-bit float, 4 exponent and 3 mantissa bits, no infinities (torch.float8_e4m3fn). */
  F8_E4M3(1, Kind.FLOAT),
  /** 8-bit float, 5 exponent and 2 mantissa bits (torch.float8_e5m2). */
  F8_E5M2(1, Kind.FLOAT),
  /** Like F8_E4M3 with half its values; one NaN, no negative zero (torch.float8_e4m3fnuz). */
  F8_E4M3FNUZ(1, Kind.FLOAT),
  /** Like F8_E5M2 with half its values; one NaN, no negative zero, no infinities (torch.float8_e5m2fnuz). */
  F8_E5M2FNUZ(1, Kind.FLOAT),
  /** A power of two, 2^-127 to 2^127, or NaN; used as a scale for other numbers (torch.float8_e8m0fnu). */
  F8_E8M0(1, Kind.FLOAT),
  /** IEEE 754 half precision. */
  F16(2, Kind.FLOAT),
  /** The upper half of an IEEE 754 single precision number. */
  BF16(2, Kind.FLOAT),
  /** IEEE 754 single precision. */
  F32(4, Kind.FLOAT),
  /** IEEE 754 double precision. */
  F64(8, Kind.FLOAT),
  /**
   * Two IEEE 754 single precision numbers, real and imaginary part; kept as bytes and not converted (torch.complex64).
   */
  C64(8, Kind.COMPLEX);

  private enum Kind {
    BOOLEAN,
    INTEGER,
    FLOAT,
    COMPLEX
  }

  private final int byteSize;
  private final Kind kind;

  DType(int byteSize, Kind kind) {
    this.byteSize = byteSize;
    this.kind = kind;
  }

  /**
   * Returns the size of an element.
   *
   * @return size in bytes: 1, 2, 4 or 8
   */
  public int byteSize() {
    return byteSize;
  }

  /**
   * Returns whether the elements are real floating-point numbers.
   *
   * @return true for F8, F16, BF16, F32 and F64, false for complex numbers
   */
  public boolean isFloatingPoint() {
    return kind == Kind.FLOAT;
  }

  /**
   * Returns whether the elements are integers.
   *
   * @return true for I8 to I64 and U8 to U64, false for booleans
   */
  public boolean isInteger() {
    return kind == Kind.INTEGER;
  }
}
