package io.gill.training;

import io.gill.training.Examples.Ready;
import java.util.ArrayList;
import java.util.List;

/** Draws batches of usable examples. */
final class Batches {
  private final int size;
  private final int count;
  private final ExampleStream stream;
  private final Examples examples;
  private final SkippedExamples skipped;

  /**
   * Creates an endless source of batches.
   *
   * @param all the examples to draw from
   * @param examples converts examples, and adds those that it cannot convert to {@code skipped}
   */
  Batches(TrainingOptions options, List<TrainingExample> all, Examples examples, SkippedExamples skipped) {
    this.size = options.batchSize();
    this.count = all.size();
    this.stream = new ExampleStream(all, options.seed());
    this.examples = examples;
    this.skipped = skipped;
  }

  List<Ready> next() {
    List<Ready> batch = new ArrayList<>();
    int failures = 0;
    while (batch.size() < size) {
      List<TrainingExample> drawn = new ArrayList<>();
      while (batch.size() + drawn.size() < size) {
        drawn.add(stream.next());
      }
      List<Ready> ready = examples.prepare(drawn);
      batch.addAll(ready);
      failures = ready.isEmpty() ? failures + drawn.size() : 0;
      if (failures > 2 * count) {
        throw skipped.unusable("no example can be used");
      }
    }
    return batch;
  }

  /** Returns the number of examples drawn. */
  long position() {
    return stream.position();
  }

  void position(long drawn) {
    stream.position(drawn);
  }
}
