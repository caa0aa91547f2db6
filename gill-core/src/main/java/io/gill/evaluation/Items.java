package io.gill.evaluation;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Checks of lists of items. */
final class Items {
  private Items() {}

  /** Rejects an empty list, and two items with the same id. */
  static <T> void requireDistinct(List<T> items, Function<T, String> id) {
    requireSome(items);
    Set<String> seen = new HashSet<>();
    for (T item : items) {
      if (!seen.add(id.apply(item))) {
        throw new IllegalArgumentException("two items have the id " + id.apply(item));
      }
    }
  }

  static void requireSome(List<?> items) {
    if (items.isEmpty()) {
      throw new IllegalArgumentException("there are no items to score");
    }
  }
}
