package io.gill.training;

import io.gill.GillException;
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

  /** Number of examples that ask for pictures; 0 if no loss learns from them. */
  private final long requests;

  /** Number of these that were drawn since a usable one. */
  private long failedRequests;

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
    requests = options.retrievalWeight() > 0 || options.generationWeight() > 0 ? count(all) : 0;
  }

  private static long count(List<TrainingExample> examples) {
    return examples.stream().filter(example -> example.use().pictures()).count();
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
        throw unusable("no example can be used");
      }
      failedRequests = ready.stream().anyMatch(one -> one.example().use().pictures())
          ? 0 : failedRequests + count(drawn);
      if (requests > 0 && failedRequests > 2 * requests) { // captions alone would unlearn the [IMG] tokens
        throw unusable("no example that asks for a picture can be used");
      }
    }
    return batch;
  }

  private GillException unusable(String what) {
    List<SkippedExample> all = skipped.all();
    SkippedExample last = all.get(all.size() - 1);
    return new GillException(what + ": " + all.size() + " were skipped, the last (" + last.origin() + ") because "
        + last.reason());
  }

  /** Returns the number of examples drawn. */
  long position() {
    return stream.position();
  }

  void position(long drawn) {
    stream.position(drawn);
  }
}
