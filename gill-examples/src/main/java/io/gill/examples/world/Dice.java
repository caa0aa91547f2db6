package io.gill.examples.world;

import java.util.Arrays;
import java.util.List;

/** Random choices that are the same in every Java version: SplitMix64 (Steele, Lea and Flood 2014, figure 17). */
final class Dice {
  private long state;

  Dice(long seed) {
    state = mix(seed);
  }

  /** A bijection that spreads neighbouring numbers. */
  static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  long next() {
    state += 0x9E3779B97F4A7C15L;
    return mix(state);
  }

  /** Returns a number in [0, bound). The bias of the remainder is below 2^-50 for the small bounds used here. */
  int below(int bound) {
    return (int) Math.floorMod(next() >>> 1, (long) bound);
  }

  /** Returns a number in [0, 1). */
  double uniform() {
    return (next() >>> 11) * 0x1p-53;
  }

  /** Returns a number in [-amount, amount). */
  double around(double amount) {
    return (2 * uniform() - 1) * amount;
  }

  boolean chance(double probability) {
    return uniform() < probability;
  }

  @SafeVarargs
  final <T> T pick(T... choices) {
    return choices[below(choices.length)];
  }

  <T> T pick(List<T> choices) {
    return choices.get(below(choices.size()));
  }

  /** Picks any choice but one. */
  <T> T pickOther(T[] choices, T from) {
    return pick(Arrays.stream(choices).filter(choice -> !choice.equals(from)).toList());
  }
}
