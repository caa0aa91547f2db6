package io.gill.examples.evaluate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Chooses some of a benchmark's items. */
final class Sample {
  private Sample() {}

  /**
   * Returns the items of some groups, and those without a group.
   *
   * @param items all items
   * @param limit number of groups; 0 for all
   * @param seed selects the groups
   * @return the items of the chosen groups, in order
   */
  static List<Item> of(List<Item> items, int limit, long seed) {
    Set<String> groups = new LinkedHashSet<>();
    items.forEach(item -> groups.add(item.group()));
    groups.remove("");
    if (limit == 0 || limit >= groups.size()) {
      return items;
    }
    List<String> shuffled = new ArrayList<>(groups);
    Collections.shuffle(shuffled, new Random(seed));
    Set<String> chosen = Set.copyOf(shuffled.subList(0, limit));
    return items.stream().filter(item -> item.group().isEmpty() || chosen.contains(item.group())).toList();
  }
}
