package io.gill.training;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of a training.
 *
 * @param steps total number of completed steps
 * @param finished whether all epochs are complete; false if the listener stopped the training
 * @param last the folder of the last checkpoint, or null if no epoch was completed
 * @param best the folder of the best checkpoint by text-to-image accuracy; null without validation, if no
 *     validation example requests a picture, or if these examples were not measured yet
 * @param bestTextToImage1 its accuracy in percent; NaN if there is none
 * @param skipped the skipped examples, including those of the tables
 */
public record TrainingReport(
    long steps,
    boolean finished,
    @Nullable Path last,
    @Nullable Path best,
    double bestTextToImage1,
    List<SkippedExample> skipped) {
  /**
   * Copies the list.
   *
   * @param steps total number of completed steps
   * @param finished whether all epochs are complete; false if the listener stopped the training
   * @param last the folder of the last checkpoint, or null if no epoch was completed
   * @param best the folder of the best checkpoint, or null
   * @param bestTextToImage1 its accuracy in percent
   * @param skipped the skipped examples, including those of the tables
   */
  public TrainingReport {
    skipped = List.copyOf(skipped);
  }
}
