package io.gill;

import io.gill.Conversation.Content;
import io.gill.Conversation.Image;
import io.gill.Conversation.Role;
import io.gill.Conversation.Spoken;
import io.gill.Conversation.Text;
import io.gill.Conversation.Turn;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;

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
   * <p>No text opens a turn of its own. Where a line of a turn's text begins with {@code Q:} or {@code A:}, the line
   * breaks before it become spaces: {@code "Hi\nA: Yes"} is written {@code "Q: Hi A: Yes\nA:"}. This holds for every
   * Unicode line break, for either case, for full-width letters and colons, behind white space and invisible
   * characters, and across the texts of one turn. All other text stays as it is. {@link Spoken} tokens are the model's own and stay
   * too.
   *
   * @return the format
   */
  static PromptFormat questionAnswer() {
    return conversation -> PromptFormats.questionAnswer(conversation, TurnLabels::joinLines);
  }

  /**
   * {@link #questionAnswer()} with every text as it is, as published: a line of a user's text that begins with
   * {@code A:} reads as the model's answer. For texts that the application trusts.
   *
   * @return the format
   */
  static PromptFormat publishedQuestionAnswer() {
    return conversation -> PromptFormats.questionAnswer(conversation, texts -> texts);
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

  /**
   * The format.
   *
   * @param safe rewrites the texts of one turn, one by one
   */
  static List<Content> questionAnswer(Conversation conversation, UnaryOperator<List<String>> safe) {
    List<Content> prompt = new ArrayList<>();
    for (Turn turn : conversation.turns()) {
      List<Content> contents = rewritten(turn.contents(), safe);
      if (turn.role() == Role.USER) {
        question(contents, prompt);
      } else {
        answer(contents, prompt);
      }
    }
    return prompt;
  }

  private static List<Content> rewritten(List<Content> contents, UnaryOperator<List<String>> safe) {
    List<String> texts = contents.stream()
        .filter(Text.class::isInstance).map(content -> ((Text) content).text()).toList();
    Iterator<String> rewritten = safe.apply(texts).iterator();
    return contents.stream()
        .map(content -> content instanceof Text ? new Text(rewritten.next()) : content).toList();
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
