package io.gill;

import io.gill.Conversation.Content;
import io.gill.Conversation.Image;
import io.gill.Conversation.Role;
import io.gill.Conversation.Spoken;
import io.gill.Conversation.Text;
import io.gill.Conversation.Turn;
import java.util.ArrayList;
import java.util.List;

/** Writes a conversation as what the language model reads: who speaks becomes text. Must be a pure function. */
@FunctionalInterface
public interface PromptFormat {
  /**
   * Writes a conversation.
   *
   * @param conversation at least one turn
   * @return texts, images and spoken tokens; the model goes on after the last one
   */
  List<Content> write(Conversation conversation);

  /**
   * The dialogue format of the published demonstration, the default: a user's turn is its images and
   * {@code "Q: …\nA:"}, the model's turn is what it said and a line break.
   *
   * @return the format
   */
  static PromptFormat questionAnswer() {
    return PromptFormats::questionAnswer;
  }

  /**
   * Everything as it is, one after another, without a word added: what the published
   * {@code generate_for_images_and_texts} is given.
   *
   * @return the format
   */
  static PromptFormat plain() {
    return conversation -> conversation.turns().stream().flatMap(turn -> turn.contents().stream()).toList();
  }
}

/** The longer formats. */
final class PromptFormats {
  private PromptFormats() {}

  static List<Content> questionAnswer(Conversation conversation) {
    List<Content> prompt = new ArrayList<>();
    for (Turn turn : conversation.turns()) {
      if (turn.role() == Role.USER) {
        question(turn.contents(), prompt);
      } else {
        answer(turn.contents(), prompt);
      }
    }
    return prompt;
  }

  /** Images before the first text stand before the question mark of the turn, as in the demonstration. */
  private static void question(List<Content> contents, List<Content> prompt) {
    int first = 0;
    while (first < contents.size() && !(contents.get(first) instanceof Text)) {
      prompt.add(contents.get(first++));
    }
    String open = "Q: ";
    for (int i = first; i < contents.size(); i++) {
      Content content = contents.get(i);
      boolean last = i == contents.size() - 1;
      if (content instanceof Text text) {
        prompt.add(new Text(open + text.text() + (last ? "\nA:" : "")));
        open = "";
      } else {
        prompt.add(content);
        if (last) {
          prompt.add(new Text("\nA:"));
        }
      }
    }
    if (first == contents.size()) {
      prompt.add(new Text("Q:\nA:"));
    }
  }

  private static void answer(List<Content> contents, List<Content> prompt) {
    for (Content content : contents) {
      if (content instanceof Text text) {
        prompt.add(new Text(" " + text.text().strip()));
      } else if (content instanceof Spoken || content instanceof Image) {
        prompt.add(content);
      }
    }
    prompt.add(new Text("\n"));
  }
}
