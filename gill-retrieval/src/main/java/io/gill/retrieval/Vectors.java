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
}
