package io.gill.examples.evaluate;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A benchmark whose official result file has all that its scores need, so that no model is needed to score it. */
interface ResultFileBenchmark extends Benchmark {
  /**
   * Reads an official result file.
   *
   * @param file the file
   * @return answer by id of the item
   * @throws GillException if it is damaged
   */
  Map<String, String> results(Path file);

  /**
   * Says what became of skipped items in the result file. The default is for files without rows for them.
   *
   * @param skipped number of skipped items, from 1
   * @return a note for readers of the scores
   */
  default String skipped(int skipped) {
    return skipped + " skipped items have no row in the result file: the official scorer leaves them out, or refuses "
        + "the file.";
  }

  /** Returns the answers of a file whose ids are numbers. */
  static Map<String, String> byItem(Map<Long, String> answers) {
    Map<String, String> byItem = new LinkedHashMap<>();
    answers.forEach((id, answer) -> byItem.put(Long.toString(id), answer));
    return byItem;
  }

  /**
   * Scores the answers of a result file. The default is for files that have the model's answers as they are.
   *
   * @param finished all items
   * @param scoring settings of the scores
   * @return the scores
   */
  default Scores scoreResults(List<Finished> finished, Scoring scoring) {
    return score(finished, scoring);
  }

  /**
   * Returns all items with the answers of a result file.
   *
   * @param file the file, which must answer exactly the items
   * @return the items in order
   * @throws GillException if it is damaged, or an answer or an item is missing
   */
  default List<Finished> answered(Path file) {
    Map<String, String> left = new LinkedHashMap<>(results(file));
    List<Finished> answered = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (Item item : items()) {
      String answer = left.remove(item.id());
      if (answer == null) {
        missing.add(item.id());
      } else {
        answered.add(new Finished(item, new Outcome(item.id(), answer, "")));
      }
    }
    if (!missing.isEmpty()) {
      throw new GillException(file + " answers " + answered.size() + " of " + items().size() + " items, but not "
          + missing.get(0) + ": check that it is of the same split and of a whole run");
    }
    if (!left.isEmpty()) {
      throw new GillException(file + " answers " + left.size() + " items that are not in the benchmark's files, such "
          + "as " + left.keySet().iterator().next() + ": check that it is of the same split");
    }
    return answered;
  }
}
