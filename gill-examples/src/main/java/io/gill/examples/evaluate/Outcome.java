package io.gill.examples.evaluate;

import io.gill.GillException;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What a model answered to an item.
 *
 * @param id id of the item
 * @param answer its text, or the letter of its choice
 * @param picture path of its picture in the run's folder; empty if it gave none
 */
record Outcome(String id, String answer, String picture) {
  // A file without one of them fails here.
  Outcome {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(answer, "answer");
    Objects.requireNonNull(picture, "picture");
  }

  /**
   * Reads the picture.
   *
   * @param folder the run's folder
   * @throws GillException if it cannot be read
   */
  BufferedImage readPicture(Path folder) {
    return Images.read(folder.resolve(picture));
  }

  /** Returns the answers of a benchmark whose ids are numbers. */
  static Map<Long, String> answers(Map<String, Outcome> outcomes) {
    Map<Long, String> answers = new LinkedHashMap<>();
    outcomes.forEach((id, outcome) -> answers.put(Long.valueOf(id), outcome.answer()));
    return answers;
  }
}
