package io.gill.examples.evaluate;

import io.gill.GillException;
import io.gill.evaluation.PromptPart;
import io.gill.evaluation.Vist;
import java.util.List;

/**
 * How much of a story a model reads.
 *
 * @param captions number of captions, counted from the end
 * @param pictures whether it also sees their pictures, but the last
 */
record StoryContext(int captions, boolean pictures) {
  private static final String PICTURES = "+pictures";

  /** Reads a context such as {@code 5+pictures}. */
  static StoryContext of(String context) {
    boolean pictures = context.endsWith(PICTURES);
    String captions = pictures ? context.substring(0, context.length() - PICTURES.length()) : context;
    return new StoryContext(PictureBenchmark.number(captions), pictures);
  }

  /**
   * Returns what the model reads.
   *
   * @throws GillException if the story is too short
   */
  List<PromptPart> prompt(Vist.Story story) {
    try {
      return story.prompt(captions, pictures);
    } catch (IllegalArgumentException e) {
      throw new GillException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Returns the ids of the pictures that the model is shown. */
  List<String> seen(Vist.Story story) {
    return prompt(story).stream().filter(PromptPart.Picture.class::isInstance)
        .map(part -> ((PromptPart.Picture) part).name()).toList();
  }

  /** Returns what the model reads, as text; empty if the story is too short. */
  String text(Vist.Story story) {
    return captions <= story.frames().size() ? Turns.text(prompt(story)) : "";
  }
}
