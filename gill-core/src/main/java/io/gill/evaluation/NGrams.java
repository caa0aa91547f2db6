package io.gill.evaluation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Sequences of consecutive words. */
final class NGrams {
  /** Length of the longest sequences that the caption metrics compare. */
  static final int MAX = 4;

  private NGrams() {}

  /** Counts the sequences of n words. */
  static Map<List<String>, Integer> count(List<String> words, int n) {
    Map<List<String>, Integer> counts = new LinkedHashMap<>();
    for (int i = 0; i + n <= words.size(); i++) {
      counts.merge(words.subList(i, i + n), 1, Integer::sum);
    }
    return counts;
  }
}
