package io.gill.retrieval;

import io.gill.stage.ImageRetriever.Hit;
import java.util.Comparator;

/** Vector arithmetic, argument checks and the order of hits, common to all indexes. */
final class Vectors {
  /** Best first; equal scores by id, shorter ids first, so that row numbers are in numeric order. */
  static final Comparator<Hit> BEST_FIRST = Comparator.comparingDouble(Hit::score).reversed()
      .thenComparing(hit -> hit.id().length()).thenComparing(Hit::id);

  private Vectors() {}

  /** The factor of the scores: {@code exp(logit_scale)}, as published. */
  static float scale(float logitScale) {
    float scale = (float) Math.exp(logitScale);
    if (!(scale > 0 && scale < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "logit_scale is " + logitScale + ": exp(logit_scale) must be positive and finite in 32 bits");
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
          "the query has " + query.length + " dimensions, the index " + dimension + ": embed both with the same model");
    }
  }

  /** Normalises a vector to length 1. */
  static float[] unit(float[] vector, String what) {
    double sum = 0;
    for (float value : vector) {
      sum += (double) value * value;
    }
    if (!(sum > 0 && sum < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(what + " is " + (sum == 0 ? "zero" : "not finite") + " and has no direction");
    }
    double length = Math.sqrt(sum);
    float norm = (float) length;
    boolean normal = norm >= Float.MIN_NORMAL && norm < Float.POSITIVE_INFINITY; // 32 bits, as published
    float[] unit = new float[vector.length];
    for (int i = 0; i < vector.length; i++) {
      unit[i] = normal ? vector[i] / norm : (float) (vector[i] / length);
    }
    return unit;
  }

  /** Dot product in eight independent sums, which suit vector registers and pipelined execution. */
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
