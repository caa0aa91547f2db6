package io.gill.examples.evaluate;

import io.gill.Conversation.Content;
import io.gill.GillException;
import io.gill.evaluation.PromptPart;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Turns the parts of a prompt into what a user says. */
final class Turns {
  private Turns() {}

  /**
   * Returns all parts as one turn with the published prompts. In a dialogue each text ends a turn, so that a picture
   * comes before the next text.
   *
   * @param parts the parts, in order
   * @param pictures reads a picture by its name
   * @param style how the model is asked
   * @return the turns
   * @throws GillException if a picture cannot be read
   */
  static List<List<Content>> of(List<PromptPart> parts, Function<String, BufferedImage> pictures, Style style) {
    List<List<Content>> turns = new ArrayList<>();
    List<Content> turn = new ArrayList<>();
    for (PromptPart part : parts) {
      if (part instanceof PromptPart.Text text) {
        turn.add(Content.of(text.text()));
        if (style == Style.DIALOGUE) {
          turns.add(turn);
          turn = new ArrayList<>();
        }
      } else if (part instanceof PromptPart.Picture picture) {
        turn.add(Content.of(pictures.apply(picture.name())));
      }
    }
    if (!turn.isEmpty()) {
      turns.add(turn);
    }
    return turns;
  }

  /** Returns the last text, which says what is wanted; empty if there is none. */
  static String lastText(List<PromptPart> parts) {
    String last = "";
    for (PromptPart part : parts) {
      last = part instanceof PromptPart.Text text ? text.text() : last;
    }
    return last;
  }

  /** Returns the parts as text, for reports. */
  static String text(List<PromptPart> parts) {
    return parts.stream()
        .map(part -> part instanceof PromptPart.Text text ? text.text() : "[picture]")
        .collect(Collectors.joining("\n"));
  }
}
