package io.gill.examples.evaluate;

import io.gill.GillException;
import io.gill.evaluation.FeatureStatistics;
import io.gill.evaluation.FrechetDistance;
import io.gill.evaluation.Inception;
import io.gill.examples.evaluate.Benchmark.Finished;
import io.gill.examples.evaluate.Scores.Measure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The Fréchet distance (FID) between the generated and the wanted pictures, for each context by itself. */
final class PictureDistance {
  private final Inception inception;
  private final Scoring scoring;
  private final List<String> problems = new ArrayList<>();

  /**
   * Creates a distance.
   *
   * @param inception computes features
   * @param scoring the run's folder and the progress
   */
  PictureDistance(Inception inception, Scoring scoring) {
    this.inception = inception;
    this.scoring = scoring;
  }

  /**
   * Measures the distance of each context.
   *
   * @param finished the finished items
   * @param measures receives a measure for each context that has enough pictures
   * @param notes receives why others have none, and which items do not count
   */
  void measure(List<Finished> finished, List<Measure> measures, List<String> notes) {
    Map<String, List<Finished>> contexts = new LinkedHashMap<>();
    finished.forEach(one -> contexts.computeIfAbsent(one.item().category(), context -> new ArrayList<>()).add(one));
    contexts.forEach((context, some) -> measure(context, some, measures, notes));
    if (!problems.isEmpty()) {
      notes.add(problems.size() + " items do not count for FID; the first, " + problems.get(0));
    }
  }

  private void measure(String context, List<Finished> finished, List<Measure> measures, List<String> notes) {
    FeatureStatistics generated = new FeatureStatistics(Inception.WIDTH);
    FeatureStatistics wanted = new FeatureStatistics(Inception.WIDTH);
    Set<Path> seen = new HashSet<>();
    String name = "FID" + (context.isEmpty() ? "" : " of context " + context);
    EvaluationProgress progress = scoring.progress().start(name, finished.size());
    for (Finished one : finished) {
      try {
        add(one, generated, wanted, seen);
      } catch (GillException e) {
        problems.add(one.item().id() + ": " + e.getMessage());
      }
      progress.finished();
    }
    try {
      double distance = FrechetDistance.between(generated, wanted);
      measures.add(new Measure("FID", context, Math.toIntExact(generated.count()), distance, Optional.empty()));
    } catch (IllegalArgumentException e) { // too few pictures
      notes.add(name + " is not computed: " + e.getMessage() + ".");
    }
  }

  /** Adds both pictures, or none if one cannot be read. A wanted picture counts once. */
  private void add(Finished one, FeatureStatistics generated, FeatureStatistics wanted, Set<Path> seen) {
    float[] made = inception.features(one.outcome().readPicture(scoring.folder()));
    Path target = one.item().shown().picture().get().orElse(Path.of(""));
    if (!seen.contains(target)) {
      wanted.add(inception.features(one.item().wantedPicture()));
      seen.add(target);
    }
    generated.add(made);
  }
}
