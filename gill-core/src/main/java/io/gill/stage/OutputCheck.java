package io.gill.stage;

import io.gill.GillException;
import io.gill.Precision;
import org.jspecify.annotations.Nullable;

/**
 * Rejects invalid output of a stage: NaN, infinity, and arrays of the wrong size. The library checks its own stages
 * where their numbers leave libtorch, and the stages of a conversation where they are used.
 *
 * @param stage name of the stage in messages: "language model"
 * @param precision precision the stage computes in; null if unknown
 */
public record OutputCheck(String stage, @Nullable Precision precision) {
  /**
   * Creates a check for a stage of unknown precision.
   *
   * @param stage name of the stage in messages: "language model"
   */
  public OutputCheck(String stage) {
    this(stage, null);
  }

  /**
   * Requires finite numbers.
   *
   * @param what name of the output in messages: "pooled output"
   * @param values output of the stage
   * @return the same array
   * @throws GillException if one is NaN or infinite
   */
  public float[] finite(String what, float[] values) {
    if (!allFinite(values)) {
      int bad = firstInfinite(values);
      throw refuse(what, "index " + bad, values[bad]);
    }
    return values;
  }

  /**
   * Requires finite numbers.
   *
   * @param what name of the output in messages: "hidden states"
   * @param rows output of the stage
   * @return the same array
   * @throws GillException if one is NaN or infinite
   */
  public float[][] finite(String what, float[][] rows) {
    for (int i = 0; i < rows.length; i++) {
      if (!allFinite(rows[i])) {
        int bad = firstInfinite(rows[i]);
        throw refuse(what, "row " + i + ", index " + bad, rows[i][bad]);
      }
    }
    return rows;
  }

  /**
   * Requires a finite number.
   *
   * @param what name of the output in messages: "score"
   * @param value output of the stage
   * @return the same number
   * @throws GillException if it is NaN or infinite
   */
  public double finite(String what, double value) {
    if (!Double.isFinite(value)) {
      throw new GillException(stage + ": " + value + " as the " + what + ": " + advice());
    }
    return value;
  }

  /**
   * Requires log-probabilities, where −∞ stands for impossible events.
   *
   * @param what name of the output in messages: "logits"
   * @param values output of the stage
   * @param from index of the first number to check
   * @return the same array
   * @throws GillException if one is NaN or +∞
   */
  public float[] logarithms(String what, float[] values, int from) {
    if (!allFinite(values)) { // the fast check rarely fails
      for (int i = from; i < values.length; i++) {
        if (!(values[i] < Float.POSITIVE_INFINITY)) {
          throw refuse(what, "index " + i, values[i]);
        }
      }
    }
    return values;
  }

  /**
   * Requires a length.
   *
   * @param what name of the output in messages: "logits"
   * @param values output of the stage
   * @param length required length
   * @return the same array
   * @throws GillException if the length differs
   */
  public float[] sized(String what, float[] values, int length) {
    if (values.length != length) {
      throw new GillException(stage + ": " + values.length + " numbers instead of " + length + " in the " + what
          + ": the stages do not belong together");
    }
    return values;
  }

  /**
   * Requires a shape.
   *
   * @param what name of the output in messages: "hidden states"
   * @param rows output of the stage
   * @param count required number of rows
   * @param width required length of each row; -1 for any
   * @return the same array
   * @throws GillException if the shape differs
   */
  public float[][] sized(String what, float[][] rows, int count, int width) {
    if (rows.length != count) {
      throw new GillException(stage + ": " + rows.length + " rows instead of " + count + " in the " + what
          + ": the stages do not belong together");
    }
    for (float[] row : rows) {
      if (width >= 0) {
        sized(what, row, width);
      }
    }
    return rows;
  }

  private GillException refuse(String what, String place, float value) {
    return new GillException(stage + ": " + value + " at " + place + " of the " + what + ": " + advice());
  }

  private String advice() {
    if (precision == null) {
      return "its weights or its input are damaged, or its 16-bit numbers overflow";
    }
    return switch (precision) {
      case FLOAT16 -> "numbers beyond 65504 overflow in FLOAT16, load with Precision.BFLOAT16 or FLOAT32; if that does"
          + " not help, the weights are damaged";
      case BFLOAT16, FLOAT32 -> "its weights or its input are damaged, compare the weights with their source";
    };
  }

  private static int firstInfinite(float[] values) {
    int i = 0;
    while (Float.isFinite(values[i])) {
      i++;
    }
    return i;
  }

  /** Only finite numbers times 0 are 0. Adds in eight accumulators, since every token's logits pass through here. */
  private static boolean allFinite(float[] x) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    float e = 0;
    float f = 0;
    float g = 0;
    float h = 0;
    int i = 0;
    for (int end = x.length - 7; i < end; i += 8) {
      a += x[i] * 0;
      b += x[i + 1] * 0;
      c += x[i + 2] * 0;
      d += x[i + 3] * 0;
      e += x[i + 4] * 0;
      f += x[i + 5] * 0;
      g += x[i + 6] * 0;
      h += x[i + 7] * 0;
    }
    for (; i < x.length; i++) {
      a += x[i] * 0;
    }
    return ((a + e) + (b + f)) + ((c + g) + (d + h)) == 0;
  }
}
