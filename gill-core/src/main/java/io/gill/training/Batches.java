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

  /** The examples that ask for pictures; none if no loss learns from them. */
  private final List<TrainingExample> requests;

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
    requests = options.retrievalWeight() > 0 || options.generationWeight() > 0
        ? all.stream().filter(example -> example.use().pictures()).toList() : List.of();
  }

  /**
   * Looks for a usable example that asks for a picture: captions alone would unlearn the [IMG] tokens.
   *
   * @throws GillException if there are such examples, and none can be used
   */
  void requireRequest() {
    if (!requests.isEmpty() && requests.stream().allMatch(one -> examples.prepare(List.of(one)).isEmpty())) {
      throw unusable("no example that asks for a picture can be used");
    }
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
