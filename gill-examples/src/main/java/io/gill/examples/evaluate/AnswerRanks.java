package io.gill.examples.evaluate;

import io.gill.GillException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Ranks of candidate answers as the text of an outcome. */
final class AnswerRanks {
  private AnswerRanks() {}

  static String text(List<Integer> ranks) {
    return ranks.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  /** Reads the ranks of a number of candidates. */
  static List<Integer> of(Outcome outcome, int count) {
    try {
      List<Integer> ranks = Arrays.stream(outcome.answer().split(" ", -1)).map(Integer::valueOf).toList();
      if (ranks.size() == count) {
        return ranks;
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw new GillException("the answer of " + outcome.id() + " does not rank " + count
        + " candidates: use another --output");
  }
}
