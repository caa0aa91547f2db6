package io.gill.evaluation;

import java.util.List;

/** Recall at k: the share of queries whose correct picture is among the k most similar ones. */
public final class Recall {
  private Recall() {}

  /**
   * Returns the rank of the correct picture. Others with the same score rank before it.
   *
   * @param scores similarity of the query to each picture
   * @param correct index of the correct picture
   * @return the rank; 1 is the best
   * @throws IllegalArgumentException if a score is NaN
   */
  public static int rank(float[] scores, int correct) {
    int rank = 1;
    for (int i = 0; i < scores.length; i++) {
      if (Float.isNaN(scores[i])) {
        throw new IllegalArgumentException("the score of picture " + i + " is NaN");
      }
      rank += i != correct && scores[i] >= scores[correct] ? 1 : 0;
    }
    return rank;
  }

  /**
   * Returns the share of ranks that are at most k.
   *
   * @param ranks rank of each query's correct picture, from 1
   * @param k number of pictures that are looked at, at least 1
   * @return the recall, from 0 to 1
   * @throws IllegalArgumentException if there are no ranks, or k or a rank is below 1
   */
  public static double at(List<Integer> ranks, int k) {
    Items.requireSome(ranks);
    if (k < 1) {
      throw new IllegalArgumentException("k must be at least 1, not " + k);
    }
    int found = 0;
    for (int rank : ranks) {
      if (rank < 1) {
        throw new IllegalArgumentException("a rank is at least 1, not " + rank);
      }
      found += rank <= k ? 1 : 0;
    }
    return (double) found / ranks.size();
  }
}
