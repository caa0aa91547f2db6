package io.gill;

import java.util.List;

/**
 * What a model can do, given the stages it has.
 *
 * @param reads whether it reads images
 * @param retrieves whether it can retrieve images
 * @param generates whether it can generate images
 * @param decides whether a decision model chooses between the two
 * @param notes for each thing it cannot do, one line that says why and what would change it; also where retrieved
 *     images lie on the web and nothing fetches them
 */
public record Capabilities(boolean reads, boolean retrieves, boolean generates, boolean decides, List<String> notes) {
  /**
   * Copies the notes, each on one line, as {@link GillException}'s messages are.
   *
   * @param reads as above
   * @param retrieves as above
   * @param generates as above
   * @param decides as above
   * @param notes as above
   */
  public Capabilities {
    notes = Arguments.copyOf(notes, "notes").stream().map(OneLine::of).toList();
  }
}
