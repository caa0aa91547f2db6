package io.gill.examples.evaluate;

import com.google.common.hash.HashCode;
import io.gill.GillException;
import io.gill.evaluation.FeatureStatistics;
import io.gill.evaluation.FrechetDistance;
import io.gill.evaluation.Inception;
import io.gill.evaluation.Interval;
import io.gill.examples.evaluate.Benchmark.Finished;
import io.gill.examples.evaluate.Scores.Measure;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The Fréchet distance (FID) between the generated and the wanted pictures, for each context by itself. Features are
 * kept in the run's folder, so that a killed computation resumes.
 */
final class PictureDistance implements AutoCloseable {
  private final Inception inception;
  private final Scoring scoring;
  private final FeatureFile features;
  private final List<String> problems = new ArrayList<>();

  private PictureDistance(Inception inception, Scoring scoring, FeatureFile features) {
    this.inception = inception;
    this.scoring = scoring;
    this.features = features;
  }

  /**
   * Opens the kept features.
   *
   * @param inception computes features
   * @param scoring the run's folder and the progress
   * @return the distance, to be closed by the caller
   */
  static PictureDistance open(PictureFeatures inception, Scoring scoring) {
    Path file = PictureFiles.folder(scoring.folder()).resolve("features-" + inception.weights() + ".bin");
    return new PictureDistance(inception.network(), scoring, FeatureFile.open(file, Inception.WIDTH));
  }

  /** The pictures of a set, divided into groups: an interval leaves out one group at a time. */
  private static final class PictureSet {
    private final FeatureStatistics statistics = new FeatureStatistics(Inception.WIDTH);
    private final List<List<HashCode>> groups = new ArrayList<>();

    PictureSet() {
      for (int i = 0; i < Interval.GROUPS; i++) {
        groups.add(new ArrayList<>());
      }
    }

    void add(HashCode picture, float[] features, int group) {
      statistics.add(features);
      groups.get(group % Interval.GROUPS).add(picture);
    }

    FeatureStatistics without(int group, FeatureFile features) {
      FeatureStatistics part = statistics.part();
      groups.get(group).forEach(picture -> part.add(Objects.requireNonNull(features.get(picture))));
      return statistics.without(part);
    }

    boolean allowsInterval() {
      long largest = groups.stream().mapToInt(List::size).max().orElseThrow();
      return statistics.count() - largest > Inception.WIDTH;
    }
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
    PictureSet generated = new PictureSet();
    PictureSet wanted = new PictureSet();
    Map<Path, Integer> seen = new LinkedHashMap<>();
    String name = "FID" + (context.isEmpty() ? "" : " of context " + context);
    EvaluationProgress progress = scoring.progress().start(name, finished.size());
    for (Finished one : finished) {
      try {
        add(one, generated, wanted, seen);
      } catch (GillException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
        problems.add(one.item().id() + ": " + e.getMessage());
      }
      progress.finished();
    }
    try {
      double distance = FrechetDistance.between(generated.statistics, wanted.statistics);
      measures.add(new Measure("FID", context, Math.toIntExact(generated.statistics.count()), distance,
          interval(name, distance, generated, wanted)));
    } catch (IllegalArgumentException e) { // too few pictures
      notes.add(name + " is not computed: " + e.getMessage() + ".");
    }
  }

  /** Adds both pictures, or none if one cannot be read. A wanted picture counts once. */
  private void add(Finished one, PictureSet generated, PictureSet wanted, Map<Path, Integer> seen) {
    HashCode made = PictureFiles.hash(scoring.folder().resolve(one.outcome().picture()));
    float[] madeFeatures = features(made, () -> one.outcome().readPicture(scoring.folder()));
    Path target = one.item().shown().picture().get()
        .orElseThrow(() -> new GillException("the wanted picture is missing"));
    Integer group = seen.get(target);
    if (group == null) {
      group = seen.size();
      HashCode hash = PictureFiles.hash(target);
      wanted.add(hash, features(hash, one.item()::wantedPicture), group);
      seen.put(target, group);
    }
    generated.add(made, madeFeatures, group);
  }

  /** Returns kept features, or else computes and keeps them. */
  private float[] features(HashCode hash, Supplier<BufferedImage> picture) {
    float[] known = features.get(hash);
    if (known == null) {
      known = inception.features(picture.get());
      features.add(hash, known);
    }
    return known;
  }

  /**
   * Returns the interval by the jackknife: a resample of the bootstrap repeats pictures, which raises FID. Pictures for
   * the same wanted one are left out together.
   */
  private Optional<Interval> interval(String name, double distance, PictureSet generated, PictureSet wanted) {
    if (!generated.allowsInterval() || !wanted.allowsInterval()) {
      return Optional.empty();
    }
    EvaluationProgress progress = scoring.progress().start("interval of " + name, Interval.GROUPS);
    double[] leftOut = new double[Interval.GROUPS];
    for (int i = 0; i < leftOut.length; i++) {
      leftOut[i] = FrechetDistance.between(generated.without(i, features), wanted.without(i, features));
      progress.finished();
    }
    return Optional.of(Interval.ofJackknife(distance, leftOut));
  }

  @Override
  public void close() {
    features.close();
  }
}
