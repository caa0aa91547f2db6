package io.gill.retrieval;

import io.gill.stage.ImageRetriever.Hit;
import java.util.Comparator;

/** What every index does alike with queries and results. */
final class Vectors {
  /**
   * Best first; among equal scores in the order of the ids, shorter ones first so that row numbers come in order.
   */
  static final Comparator<Hit> BEST_FIRST = Comparator.comparingDouble(Hit::score).reversed()
      .thenComparing(hit -> hit.id().length()).thenComparing(Hit::id);

  private Vectors() {}

  /** What scores are multiplied by: {@code exp(logit_scale)}, as published. */
  static float scale(float logitScale) {
    float scale = (float) Math.exp(logitScale);
    if (!(scale > 0 && scale < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("logit_scale is " + logitScale + ", the logarithm of no usable factor");
    }
    return scale;
  }

  static void checkCount(int k) {
    if (k < 1) {
      throw new IllegalArgumentException("k is " + k + ": use 1 or more");
    }
  }

  static void checkWidth(float[] query, int dimension) {
    if (query.length != dimension) {
      throw new IllegalArgumentException(
          "the query has " + query.length + " dimensions, the index " + dimension + ": they must be of one model");
    }
  }

  /** The direction of a vector: of length 1. */
  static float[] unit(float[] vector, String what) {
    double sum = 0;
    for (float value : vector) {
      sum += (double) value * value;
    }
    if (!(sum > 0 && sum < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(what + " is " + (sum == 0 ? "zero" : "not finite") + " and has no direction");
    }
    float norm = (float) Math.sqrt(sum);
    float[] unit = new float[vector.length];
    for (int i = 0; i < vector.length; i++) {
      unit[i] = vector[i] / norm;
    }
    return unit;
  }

  /** Eight independent sums, which the compiler can keep in vector registers and the processor in flight. */
  static float product(float[] x, float[] y) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    float e = 0;
    float f = 0;
    float g = 0;
    float h = 0;
    int i = 0;
    for (int end = y.length - 7; i < end; i += 8) {
      a = Math.fma(x[i], y[i], a);
      b = Math.fma(x[i + 1], y[i + 1], b);
      c = Math.fma(x[i + 2], y[i + 2], c);
      d = Math.fma(x[i + 3], y[i + 3], d);
      e = Math.fma(x[i + 4], y[i + 4], e);
      f = Math.fma(x[i + 5], y[i + 5], f);
      g = Math.fma(x[i + 6], y[i + 6], g);
      h = Math.fma(x[i + 7], y[i + 7], h);
    }
    for (; i < y.length; i++) {
      a = Math.fma(x[i], y[i], a);
    }
    return ((a + e) + (b + f)) + ((c + g) + (d + h));
  }
}
