package io.gill.examples.evaluate;

import java.util.List;
import java.util.function.Consumer;

/** Answers items in other processes, such as those of a cluster. */
@FunctionalInterface
public interface ItemAnswers {
  /**
   * Answers items.
   *
   * @param ids ids of the items
   * @param receiver receives the answer of every item once, in any order, from one thread at a time; what it throws
   *     ends the run
   * @throws io.gill.GillException if the run fails
   */
  void answer(List<String> ids, Consumer<Answered> receiver);
}
