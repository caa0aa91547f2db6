package io.gill.examples.evaluate;

import io.gill.evaluation.Interval;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The scores of a run.
 *
 * @param measure what the items' scores are; empty if items have none
 * @param items the scored items
 * @param measures all measures, those of all items before those of categories
 * @param notes what a reader must know about the scores
 */
record Scores(String measure, List<Scored> items, List<Measure> measures, List<String> notes) {
  Scores {
    items = List.copyOf(items);
    measures = List.copyOf(measures);
    notes = List.copyOf(notes);
  }

  /** Returns the scores with another note. */
  Scores with(String note) {
    List<String> all = new ArrayList<>(notes);
    all.add(note);
    return new Scores(measure, items, measures, all);
  }

  /**
   * A scored item.
   *
   * @param item the item
   * @param outcome the answer
   * @param score the score, higher is better; NaN if there is none
   */
  record Scored(Item item, Outcome outcome, double score) {}

  /**
   * A measure of several items.
   *
   * @param name such as "accuracy"
   * @param category the category of the items; empty for all
   * @param count number of items
   * @param value the value
   * @param interval its 95 % confidence interval
   */
  record Measure(String name, String category, int count, double value, Optional<Interval> interval) {}

  /** Returns the mean of all items and of each category, in the order of their first items. */
  static List<Measure> means(String name, List<Scored> items, long seed) {
    List<Measure> measures = new ArrayList<>();
    if (items.isEmpty()) {
      return measures;
    }
    measures.add(mean(name, "", items, seed));
    measures.addAll(means(name, items, Item::category, seed));
    return measures;
  }

  /** Returns the mean of each group, in the order of their first items; none if all items lack a group. */
  static List<Measure> means(String name, List<Scored> items, Function<Item, String> group, long seed) {
    List<Measure> measures = new ArrayList<>();
    Map<String, List<Scored>> groups = new LinkedHashMap<>();
    for (Scored item : items) {
      groups.computeIfAbsent(group.apply(item.item()), key -> new ArrayList<>()).add(item);
    }
    if (groups.size() > 1 || !groups.containsKey("")) {
      groups.forEach((key, some) -> measures.add(mean(name, key, some, seed)));
    }
    return measures;
  }

  /** Returns the mean of some items, at least one. The interval resamples the items of a group together. */
  static Measure mean(String name, String category, List<Scored> items, long seed) {
    double mean = items.stream().mapToDouble(Scored::score).average().orElseThrow();
    Map<String, List<Scored>> groups = new LinkedHashMap<>();
    for (Scored one : items) {
      String group = one.item().group();
      groups.computeIfAbsent(group.isEmpty() ? "item " + one.item().id() : "group " + group, key -> new ArrayList<>())
          .add(one);
    }
    List<Sum> sums = groups.values().stream().map(Sum::of).toList();
    return new Measure(name, category, items.size(), mean, Optional.of(Interval.of(sums, Sum::mean, seed)));
  }

  /** The scores of a group, which depend on each other: the contexts of a story, the rounds of a dialogue. */
  private record Sum(double scores, int items) {
    static Sum of(List<Scored> group) {
      return new Sum(group.stream().mapToDouble(Scored::score).sum(), group.size());
    }

    static double mean(List<Sum> sums) {
      return sums.stream().mapToDouble(Sum::scores).sum() / sums.stream().mapToInt(Sum::items).sum();
    }
  }
}
