package io.gill.evaluation;

import java.util.List;

/**
 * A metric's value for a data set, and for each of its items.
 *
 * @param value value for the whole data set; for BLEU this is not the mean of the items
 * @param items value of each item, in the order of the input
 */
public record MetricScore(double value, List<Double> items) {
  /**
   * Copies the list.
   *
   * @param value value for the whole data set; for BLEU this is not the mean of the items
   * @param items value of each item, in the order of the input
   */
  public MetricScore {
    items = List.copyOf(items);
  }

  /** Returns the items with their mean as the value. */
  static MetricScore mean(List<Double> items) {
    return new MetricScore(items.stream().mapToDouble(Double::doubleValue).average().orElseThrow(), items);
  }
}
