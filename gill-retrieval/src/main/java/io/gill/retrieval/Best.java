package io.gill.retrieval;

import io.gill.stage.ImageRetriever.Hit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/** Collects the k best hits of a search. Not thread-safe. */
final class Best {
  private final int k;
  private final ImageFilter filter;
  private final Set<String> excluded;
  private final PriorityQueue<Hit> kept = new PriorityQueue<>(Vectors.BEST_FIRST.reversed());

  Best(int k, ImageFilter filter, Set<String> excluded) {
    this.k = k;
    this.filter = filter;
    this.excluded = excluded;
  }

  /** Images with a lower score cannot be among the k best. */
  double threshold() {
    Hit worst = kept.peek();
    return worst == null || kept.size() < k ? Double.NEGATIVE_INFINITY : worst.score();
  }

  boolean needsAttributes() {
    return !filter.equals(ImageFilter.EVERY);
  }

  void offer(String id, String uri, Map<String, String> attributes, double score) {
    if (excluded.contains(id) || !filter.accepts(attributes)) {
      return;
    }
    kept.add(new Hit(id, uri, score));
    if (kept.size() > k) {
      kept.remove();
    }
  }

  /** Returns the hits, best first, with their scores multiplied by {@code scale}. */
  List<Hit> hits(float scale) {
    List<Hit> hits = new ArrayList<>(kept);
    hits.sort(Vectors.BEST_FIRST);
    hits.replaceAll(hit -> new Hit(hit.id(), hit.uri(), hit.score() * scale));
    return List.copyOf(hits);
  }
}
