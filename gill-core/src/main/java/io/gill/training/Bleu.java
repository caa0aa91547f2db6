package io.gill.training;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Corpus BLEU (Papineni et al. 2002) without smoothing, over words separated by spaces, as in the published validation.
 */
final class Bleu {
  private Bleu() {}

  /**
   * Computes the score of texts.
   *
   * @param candidates the generated texts
   * @param references at least one correct text for every candidate
   * @param order maximum length of the n-grams
   * @return the score, from 0 to 1
   */
  static double of(List<String> candidates, List<List<String>> references, int order) {
    long[] matched = new long[order];
    long[] written = new long[order];
    long candidateLength = 0;
    long referenceLength = 0;
    for (int i = 0; i < candidates.size(); i++) {
      String[] candidate = words(candidates.get(i));
      candidateLength += candidate.length;
      referenceLength += closest(candidate.length, references.get(i));
      for (int n = 1; n <= order; n++) {
        Map<List<String>, Integer> allowed = new HashMap<>();
        for (String reference : references.get(i)) {
          runs(words(reference), n).forEach((run, count) -> allowed.merge(run, count, Math::max));
        }
        for (Map.Entry<List<String>, Integer> run : runs(candidate, n).entrySet()) {
          written[n - 1] += run.getValue();
          matched[n - 1] += Math.min(run.getValue(), allowed.getOrDefault(run.getKey(), 0));
        }
      }
    }
    double logarithm = 0;
    for (int n = 0; n < order; n++) {
      if (matched[n] == 0) {
        return 0;
      }
      logarithm += Math.log((double) matched[n] / written[n]) / order;
    }
    double brevity = candidateLength > referenceLength ? 1 : Math.exp(1 - (double) referenceLength / candidateLength);
    return brevity * Math.exp(logarithm);
  }

  private static String[] words(String text) {
    return Arrays.stream(text.split("\\s+")).filter(word -> !word.isEmpty()).toArray(String[]::new);
  }

  private static int closest(int length, List<String> references) {
    int best = words(references.get(0)).length;
    for (String reference : references) {
      int other = words(reference).length;
      if (Math.abs(other - length) < Math.abs(best - length)) {
        best = other;
      }
    }
    return best;
  }

  private static Map<List<String>, Integer> runs(String[] words, int n) {
    Map<List<String>, Integer> runs = new HashMap<>();
    for (int i = 0; i + n <= words.length; i++) {
      runs.merge(List.of(words).subList(i, i + n), 1, Integer::sum);
    }
    return runs;
  }
}
