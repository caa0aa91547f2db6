package io.gill.examples.evaluate;

import io.gill.examples.evaluate.Scores.Measure;
import io.gill.examples.evaluate.Scores.Scored;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** Measures of items whose score is the rank of the correct candidate, from 1. */
final class Ranks {
  private static final int[] DEPTHS = {1, 5, 10};

  private Ranks() {}

  /** Returns the recall at 1, 5 and 10, and the mean reciprocal rank, of all items and of each category. */
  static List<Measure> measures(List<Scored> ranks, long seed) {
    List<Measure> measures = new ArrayList<>();
    for (int depth : DEPTHS) {
      measures.addAll(Scores.means("R@" + depth, with(ranks, rank -> rank <= depth ? 1 : 0), seed));
    }
    measures.addAll(Scores.means("MRR", reciprocal(ranks), seed));
    return measures;
  }

  /** Returns the items with the reciprocal rank as score. */
  static List<Scored> reciprocal(List<Scored> ranks) {
    return with(ranks, rank -> 1 / rank);
  }

  private static List<Scored> with(List<Scored> ranks, DoubleUnaryOperator score) {
    return ranks.stream().map(one -> new Scored(one.item(), one.outcome(), score.applyAsDouble(one.score()))).toList();
  }
}
