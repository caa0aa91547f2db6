package io.gill.training;

import java.nio.file.Path;
import java.util.List;

/**
 * The result of training a decision model.
 *
 * @param file the written {@code decision_model.pth.tar}, from the last step
 * @param evaluations all evaluations in order; the last one is of the model in the file
 */
public record DecisionReport(Path file, List<DecisionMetrics> evaluations) {
  /**
   * Copies the list.
   *
   * @param file the written {@code decision_model.pth.tar}, from the last step
   * @param evaluations all evaluations in order
   */
  public DecisionReport {
    evaluations = List.copyOf(evaluations);
  }
}
