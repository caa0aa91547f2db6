package io.gill.examples.evaluate;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.List;

/** A benchmark with its data. */
interface Benchmark {
  /**
   * Returns what a model is asked.
   *
   * @return the items, in the order of the benchmark's file
   */
  List<Item> items();

  /**
   * Writes the official result file. The default is for benchmarks without one.
   *
   * @param folder the run's folder
   * @param run the answers of the run, and the skipped items
   * @throws GillException if it cannot be written
   */
  default void writeResults(Path folder, Runner.Finished run) {}

  /**
   * Scores answers as the official scorer does.
   *
   * @param finished the finished items, in order
   * @param scoring settings of the scores
   * @return the scores
   */
  Scores score(List<Finished> finished, Scoring scoring);

  /**
   * An item with its outcome.
   *
   * @param item the item
   * @param outcome the answer
   */
  record Finished(Item item, Outcome outcome) {}
}
