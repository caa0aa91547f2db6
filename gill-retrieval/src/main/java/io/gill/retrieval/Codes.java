package io.gill.retrieval;

/**
 * A unit vector in 8 bits a number: what it stands for is {@code scale · codes}, and how far that is from the vector is
 * known, so that a product of two such vectors tells in which range the product of the vectors lies.
 *
 * @param codes −127 to 127
 * @param scale the step
 * @param error ‖vector − scale · codes‖
 */
@SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
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
