package io.gill.retrieval;

/**
 * A unit vector quantised to 8 bits per number: {@code scale · codes} approximates the vector, and {@code error} is the
 * distance between the two. The product of two quantised vectors therefore bounds the product of the vectors.
 *
 * @param codes −127 to 127
 * @param scale quantisation step
 * @param error ‖vector − scale · codes‖
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Codes(byte[] codes, float scale, float error) {
  private static final int LARGEST = 127;

  static Codes of(float[] unit) {
    float most = 0;
    for (float value : unit) {
      most = Math.max(most, Math.abs(value));
    }
    float scale = most / LARGEST;
    byte[] codes = new byte[unit.length];
    double error = 0;
    for (int i = 0; i < unit.length; i++) {
      codes[i] = (byte) Math.round(unit[i] / scale);
      double off = unit[i] - (double) scale * codes[i];
      error += off * off;
    }
    return new Codes(codes, scale, (float) Math.sqrt(error));
  }
}
