package io.gill.evaluation;

import io.gill.evaluation.CaptionMetrics.Words;
import java.util.List;

/**
 * ROUGE-L (Lin 2004): F-measure of the longest common subsequence. Precision and recall may come from two references.
 */
final class RougeL {
  /** Weight of recall. */
  private static final double BETA = 1.2;

  private RougeL() {}

  static MetricScore score(List<Words> items) {
    return MetricScore.mean(items.stream().map(RougeL::score).toList());
  }

  private static double score(Words item) {
    double precision = 0;
    double recall = 0;
    for (List<String> reference : item.references()) {
      int common = common(item.candidate(), reference);
      if (common > 0) {
        precision = Math.max(precision, (double) common / item.candidate().size());
        recall = Math.max(recall, (double) common / reference.size());
      }
    }
    return precision == 0 ? 0 : (1 + BETA * BETA) * precision * recall / (recall + BETA * BETA * precision);
  }

  private static int common(List<String> a, List<String> b) {
    int[] lengths = new int[b.size() + 1]; // of the common subsequence of a's words so far and b's first j words
    for (String word : a) {
      int diagonal = 0;
      for (int j = 1; j <= b.size(); j++) {
        int above = lengths[j];
        lengths[j] = word.equals(b.get(j - 1)) ? diagonal + 1 : Math.max(above, lengths[j - 1]);
        diagonal = above;
      }
    }
    return lengths[b.size()];
  }
}
