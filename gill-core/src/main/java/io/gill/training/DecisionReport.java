package io.gill.training;

import java.nio.file.Path;
import java.util.List;

/**
 * How training a decision model ended.
 *
 * @param file the {@code decision_model.pth.tar} that was written, of the last step
 * @param evaluations in order; the last one is that of the file
 */
public record DecisionReport(Path file, List<DecisionMetrics> evaluations) {
  /**
   * Copies the list.
   *
   * @param file the {@code decision_model.pth.tar} that was written, of the last step
   * @param evaluations in order
   */
  public DecisionReport {
    evaluations = List.copyOf(evaluations);
  }
}
