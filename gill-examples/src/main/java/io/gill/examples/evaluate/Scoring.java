package io.gill.examples.evaluate;

import io.gill.evaluation.Meteor;
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
 * @param meteor scores captions, or null
 * @param progress starts the progress of a measure of pictures
 */
record Scoring(
    Path folder, long seed, List<PictureMetric> metrics, @Nullable PictureFeatures inception, @Nullable Judge judge,
    @Nullable Meteor meteor, Progress progress) {
  Scoring {
    metrics = List.copyOf(metrics);
  }

  /** Starts the progress of a measure. */
  @FunctionalInterface
  interface Progress {
    EvaluationProgress start(String measure, int items);
  }
}
