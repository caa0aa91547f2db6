package io.gill.retrieval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The k best rows seen: higher scores first, among equals the earlier row. */
final class TopK {
  private static final Comparator<Scored> WORST_FIRST =
      Comparator.comparingDouble(Scored::score).thenComparing(Comparator.comparingInt(Scored::row).reversed());

  private final int k;
  private final PriorityQueue<Scored> kept = new PriorityQueue<>(WORST_FIRST);

  TopK(int k) {
    this.k = k;
  }

  private record Scored(float score, int row) {}

  /** Hears of scores and rows. */
  @FunctionalInterface
  interface Visitor {
    void visit(float score, int row);
  }

  /** Whether a row that comes after all others would be kept. */
  boolean wouldKeep(float score) {
    Scored worst = kept.peek();
    return worst == null || kept.size() < k || score > worst.score();
  }

  void add(float score, int row) {
    kept.add(new Scored(score, row));
    if (kept.size() > k) {
      kept.remove();
    }
  }

  /** Takes in another's rows. */
  TopK merge(TopK other) {
    other.kept.forEach(scored -> add(scored.score(), scored.row()));
    return this;
  }

  void forEachDescending(Visitor visitor) {
    List<Scored> sorted = new ArrayList<>(kept);
    sorted.sort(WORST_FIRST.reversed());
    sorted.forEach(scored -> visitor.visit(scored.score(), scored.row()));
  }
}
