package io.gill.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Examples without end, each pass over the data in a new order. The place in it is one number, from which it can go on.
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

  /** How many examples have been drawn. */
  long position() {
    return position;
  }

  void position(long drawn) {
    position = drawn;
  }

  /** Random numbers that depend on nothing but a seed and a place. */
  static Random random(long seed, long place) {
    return new Random(seed * 0x9E3779B97F4A7C15L + place);
  }
}
