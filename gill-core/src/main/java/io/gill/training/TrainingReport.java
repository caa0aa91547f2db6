package io.gill.training;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How training ended.
 *
 * @param steps how many steps have been taken in all
 * @param finished whether all epochs are done, rather than the listener having stopped it
 * @param last the folder of the last checkpoint, or null if no epoch has ended
 * @param best the folder of the best checkpoint by text-to-image accuracy, or null without validation, or if no example
 *     of it asks for a picture
 * @param bestTextToImage1 its accuracy in percent; NaN if there is none
 * @param skipped the examples that were left out, those of the tables included
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
   * @param steps how many steps have been taken in all
   * @param finished whether all epochs are done, rather than the listener having stopped it
   * @param last the folder of the last checkpoint, or null if no epoch has ended
   * @param best the folder of the best checkpoint by text-to-image accuracy, or null without validation, or if no example of it asks for a picture
   * @param bestTextToImage1 its accuracy in percent
   * @param skipped the examples that were left out, those of the tables included
   */
  public TrainingReport {
    skipped = List.copyOf(skipped);
  }
}
