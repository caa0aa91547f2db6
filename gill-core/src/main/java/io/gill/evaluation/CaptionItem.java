package io.gill.evaluation;

import java.util.List;

/**
 * A generated caption and the correct ones.
 *
 * @param id identifies the picture, for messages
 * @param candidate the generated caption; may be empty
 * @param references correct captions, at least one
 */
public record CaptionItem(String id, String candidate, List<String> references) {
  /**
   * Copies the list.
   *
   * @param id identifies the picture, for messages
   * @param candidate the generated caption; may be empty
   * @param references correct captions, at least one
   * @throws IllegalArgumentException if there is no reference
   */
  public CaptionItem {
    references = List.copyOf(references);
    if (references.isEmpty()) {
      throw new IllegalArgumentException("picture " + id + " has no reference caption");
    }
  }
}
