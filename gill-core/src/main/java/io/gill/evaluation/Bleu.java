package io.gill.evaluation;

import io.gill.evaluation.CaptionMetrics.Words;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * BLEU (Papineni et al. 2002) with the smoothing constants of the COCO scorer, which keep a score above zero if no
 * n-gram matches. The brevity penalty takes the reference whose length is closest, or the shorter of two.
 */
final class Bleu {
  private static final double TINY = 1e-15;
  private static final double SMALL = 1e-9;

  private Bleu() {}

  /** Returns BLEU-1 to BLEU-4. */
  static List<MetricScore> score(List<Words> items) {
    List<List<Double>> perItem = IntStream.range(0, NGrams.MAX).<List<Double>>mapToObj(n -> new ArrayList<>()).toList();
    Counts total = new Counts();
    for (Words item : items) {
      Counts counts = counts(item);
      double[] scores = counts.scores();
      for (int n = 0; n < NGrams.MAX; n++) {
        perItem.get(n).add(scores[n]);
      }
      total.add(counts);
    }
    double[] scores = total.scores();
    return IntStream.range(0, NGrams.MAX).mapToObj(n -> new MetricScore(scores[n], perItem.get(n))).toList();
  }

  /** Returns the 95 % intervals of BLEU-1 to BLEU-4. */
  static List<Interval> intervals(List<Words> items, long seed) {
    List<Counts> counts = items.stream().map(Bleu::counts).toList();
    return IntStream.range(0, NGrams.MAX).mapToObj(n -> Interval.of(counts, some -> {
      Counts total = new Counts();
      some.forEach(total::add);
      return total.scores()[n];
    }, seed)).toList();
  }

  private static Counts counts(Words item) {
    Counts counts = new Counts();
    counts.length = item.candidate().size();
    counts.referenceLength = closest(item);
    for (int n = 1; n <= NGrams.MAX; n++) {
      Map<List<String>, Integer> allowed = new HashMap<>();
      for (List<String> reference : item.references()) {
        NGrams.count(reference, n).forEach((gram, count) -> allowed.merge(gram, count, Math::max));
      }
      for (Map.Entry<List<String>, Integer> gram : NGrams.count(item.candidate(), n).entrySet()) {
        counts.written[n - 1] += gram.getValue();
        counts.matched[n - 1] += Math.min(gram.getValue(), allowed.getOrDefault(gram.getKey(), 0));
      }
    }
    return counts;
  }

  private static long closest(Words item) {
    int length = item.candidate().size();
    int best = item.references().get(0).size();
    for (List<String> reference : item.references()) {
      int difference = Math.abs(reference.size() - length) - Math.abs(best - length);
      if (difference < 0 || (difference == 0 && reference.size() < best)) {
        best = reference.size();
      }
    }
    return best;
  }

  /** Numbers of n-grams and words. */
  private static final class Counts {
    private final long[] matched = new long[NGrams.MAX];
    private final long[] written = new long[NGrams.MAX];
    private long length;
    private long referenceLength;

    void add(Counts other) {
      for (int n = 0; n < NGrams.MAX; n++) {
        matched[n] += other.matched[n];
        written[n] += other.written[n];
      }
      length += other.length;
      referenceLength += other.referenceLength;
    }

    double[] scores() {
      double ratio = (length + TINY) / (referenceLength + SMALL);
      double brevity = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1;
      double product = 1;
      double[] scores = new double[NGrams.MAX];
      for (int n = 0; n < NGrams.MAX; n++) {
        product *= (matched[n] + TINY) / (written[n] + SMALL);
        scores[n] = Math.pow(product, 1.0 / (n + 1)) * brevity;
      }
      return scores;
    }
  }
}
