package io.gill.examples.evaluate;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.gill.GillException;
import io.gill.examples.evaluate.Benchmark.Finished;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.DoubleSupplier;

/**
 * The scores that a metric has given to pictures, in a journal of the run's folder, so that a killed scoring resumes. A
 * score belongs to the contents of both pictures and to the item's words: another picture is scored anew.
 */
final class KeptScores implements AutoCloseable {
  private static final int DIGITS = 16;

  private final Path run;
  private final Journal journal;
  private final Map<String, Outcome> known;

  private KeptScores(Path run, Journal journal) {
    this.run = run;
    this.journal = journal;
    known = journal.finished();
  }

  /**
   * Continues or starts the scores of a metric.
   *
   * @param run the run's folder
   * @param measure name of the metric
   * @param scorer identifies what computes the metric
   */
  static KeptScores open(Path run, String measure, String scorer) {
    String name = Hashing.sha256().hashString(measure + '\n' + scorer, StandardCharsets.UTF_8).toString();
    return new KeptScores(run, Journal.open(PictureFiles.folder(run).resolve(name.substring(0, DIGITS)),
        ImmutableMap.of("measure", measure, "scorer", scorer)));
  }

  /**
   * Returns the kept score of a picture, or else computes and keeps it. A score that fails is not kept.
   *
   * @param one the item and its answer
   * @param label what a judge is asked about; empty if there is none
   * @param compute computes the score
   * @throws GillException if the score cannot be computed, or a picture not be read
   * @throws IllegalStateException if the score cannot be written
   */
  double of(Finished one, String label, DoubleSupplier compute) {
    String key = key(one, label);
    Outcome outcome = known.get(key);
    if (outcome != null) {
      return Double.parseDouble(outcome.answer());
    }
    double score = compute.getAsDouble();
    journal.add(new Outcome(key, Double.toString(score), ""));
    return score;
  }

  private String key(Finished one, String label) {
    Hasher hasher = Hashing.sha256().newHasher();
    for (String text : new String[] {one.item().id(), one.item().shown().question(), label}) {
      hasher.putInt(text.length()).putUnencodedChars(text);
    }
    hasher.putBytes(PictureFiles.hash(run.resolve(one.outcome().picture())).asBytes());
    one.item().shown().picture().get().ifPresent(wanted -> hasher.putBytes(PictureFiles.hash(wanted).asBytes()));
    return hasher.hash().toString();
  }

  @Override
  public void close() {
    journal.close();
  }
}
