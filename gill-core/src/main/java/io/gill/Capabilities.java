package io.gill;

import java.util.List;

/**
 * Capabilities of a model, given its stages.
 *
 * @param reads whether the model reads images
 * @param retrieves whether it can retrieve images
 * @param generates whether it can generate images
 * @param decides whether a decision model chooses between retrieval and generation
 * @param notes one line per missing capability: why it is missing and what would enable it; one more line if retrieved
 *     images have web addresses and no image source fetches them
 */
public record Capabilities(boolean reads, boolean retrieves, boolean generates, boolean decides, List<String> notes) {
  /**
   * Copies the notes and escapes each to one line, as in the messages of {@link GillException}.
   *
   * @param reads whether the model reads images
   * @param retrieves whether it can retrieve images
   * @param generates whether it can generate images
   * @param decides whether a decision model chooses between retrieval and generation
   * @param notes one line per missing capability
   */
  public Capabilities {
    notes = Arguments.copyOf(notes, "notes").stream().map(OneLine::of).toList();
  }
}
