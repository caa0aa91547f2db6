package io.gill.evaluation;

import io.gill.evaluation.CaptionMetrics.Words;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * CIDEr-D (Vedantam et al. 2015): similarity of tf-idf vectors of n-grams, clipped to the reference's weights and
 * reduced by differences in length, as the COCO scorer computes it.
 */
final class CiderD {
  private static final double SIGMA = 6;
  private static final double SCALE = 10;

  private final Map<List<String>, Integer> documents = new HashMap<>();
  private final double logItems;

  private CiderD(List<Words> items) {
    for (Words item : items) {
      Set<List<String>> grams = new HashSet<>();
      for (List<String> reference : item.references()) {
        for (int n = 1; n <= NGrams.MAX; n++) {
          grams.addAll(NGrams.count(reference, n).keySet());
        }
      }
      grams.forEach(gram -> documents.merge(gram, 1, Integer::sum));
    }
    logItems = Math.log(items.size());
  }

  static MetricScore score(List<Words> items) {
    CiderD cider = new CiderD(items);
    return MetricScore.mean(items.stream().map(cider::score).toList());
  }

  private double score(Words item) {
    Vector candidate = vector(item.candidate());
    double sum = 0;
    for (List<String> reference : item.references()) {
      sum += similarity(candidate, vector(reference));
    }
    return sum / item.references().size() * SCALE;
  }

  private Vector vector(List<String> words) {
    List<Map<List<String>, Double>> weights = new ArrayList<>();
    double[] norms = new double[NGrams.MAX];
    for (int n = 1; n <= NGrams.MAX; n++) {
      Map<List<String>, Double> ofLength = new HashMap<>();
      for (Map.Entry<List<String>, Integer> gram : NGrams.count(words, n).entrySet()) {
        double rarity = logItems - Math.log(Math.max(1, documents.getOrDefault(gram.getKey(), 0)));
        double weight = gram.getValue() * rarity;
        ofLength.put(gram.getKey(), weight);
        norms[n - 1] += weight * weight;
      }
      norms[n - 1] = Math.sqrt(norms[n - 1]);
      weights.add(ofLength);
    }
    return new Vector(weights, norms, Math.max(0, words.size() - 1));
  }

  private static double similarity(Vector candidate, Vector reference) {
    double difference = candidate.pairs - reference.pairs;
    double sum = 0;
    for (int n = 0; n < NGrams.MAX; n++) {
      double product = 0;
      for (Map.Entry<List<String>, Double> gram : candidate.weights.get(n).entrySet()) {
        double other = reference.weights.get(n).getOrDefault(gram.getKey(), 0.0);
        product += Math.min(gram.getValue(), other) * other;
      }
      double norms = candidate.norms[n] * reference.norms[n];
      sum += norms == 0 ? product : product / norms;
    }
    return sum / NGrams.MAX * Math.exp(-difference * difference / (2 * SIGMA * SIGMA));
  }

  /** Weights of the n-grams for n = 1 to 4, their norms, and the number of word pairs: the scorer's length. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Vector(List<Map<List<String>, Double>> weights, double[] norms, int pairs) {}
}
