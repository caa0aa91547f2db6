package io.gill.examples.evaluate;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Settings of scores.
 *
 * @param folder the run's folder, which has the generated pictures and keeps what is computed from them
 * @param seed seed of the bootstrap
 * @param metrics how pictures are compared; the first one compares runs item by item
 * @param inception features for FID, or null
 * @param judge decides what a picture shows, or null
 * @param captions the programs that score captions
 * @param progress starts the progress of a measure of pictures
 */
record Scoring(
    Path folder, long seed, List<PictureMetric> metrics, @Nullable PictureFeatures inception, @Nullable Judge judge,
    CaptionPrograms captions, Progress progress) {
  Scoring {
    metrics = List.copyOf(metrics);
  }

  /** Starts the progress of a measure. */
  @FunctionalInterface
  interface Progress {
    EvaluationProgress start(String measure, int items);
  }
}
