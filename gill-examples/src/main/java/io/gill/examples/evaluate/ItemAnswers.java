package io.gill.examples.evaluate;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Answers items in other processes, such as those of a cluster. */
@FunctionalInterface
public interface ItemAnswers {
  /**
   * Answers items.
   *
   * @param inputs what the other processes must have loaded, for {@link ItemWorker#load}
   * @param ids ids of the items
   * @param receiver receives the answer of every item once, in any order, from one thread at a time; what it throws
   *     ends the run
   * @throws io.gill.GillException if the run fails
   */
  void answer(Map<String, String> inputs, List<String> ids, Consumer<Answered> receiver);
}
