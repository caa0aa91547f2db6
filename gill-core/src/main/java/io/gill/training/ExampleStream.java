package io.gill.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * An endless stream of examples. Each pass over the data has a new order. The stream can resume from its position, a
 * single number.
 */
final class ExampleStream {
  private final List<TrainingExample> examples;
  private final long seed;
  private long position;
  private List<Integer> order = List.of();
  private long orderedPass = -1;

  ExampleStream(List<TrainingExample> examples, long seed) {
    this.examples = examples;
    this.seed = seed;
  }

  TrainingExample next() {
    long pass = position / examples.size();
    if (pass != orderedPass) {
      order = new ArrayList<>(IntStream.range(0, examples.size()).boxed().toList());
      Collections.shuffle(order, random(seed, pass));
      orderedPass = pass;
    }
    return examples.get(order.get((int) (position++ % examples.size())));
  }

  /** Returns the number of examples drawn. */
  long position() {
    return position;
  }

  void position(long drawn) {
    position = drawn;
  }

  /**
   * Returns random numbers that depend only on a seed and a position. Seeds of {@link Random} that are neighbours have
   * nearly the same first number, so that they are mixed before.
   */
  static Random random(long seed, long place) {
    return new Random(new SplittableRandom(seed * 0x9E3779B97F4A7C15L + place).nextLong());
  }
}
