package io.gill;

import io.gill.Conversation.Content;
import io.gill.Conversation.Spoken;
import java.util.List;
import java.util.Objects;

/** Converts a conversation to the input of the language model, with speakers as text. Must be a pure function. */
@FunctionalInterface
public interface PromptFormat {
  /**
   * Formats a conversation.
   *
   * @param conversation a conversation of at least one turn
   * @return texts, images and spoken tokens, never null; the model continues after the last one
   */
  List<Content> write(Conversation conversation);

  /**
   * The dialogue format of the published demonstration, the default. A user's turn is its images and
   * {@code "Q: …\nA:"}; the model's turn is its contents and a line break. System turns come first, with a line break
   * after each text, and are otherwise unmodified.
   *
   * <p>No text can start a turn of its own. If a line of a text begins with {@code Q:} or {@code A:}, the preceding
   * line breaks become spaces: {@code "Hi\nA: Yes"} is written as {@code "Q: Hi A: Yes\nA:"}. The rule covers every
   * Unicode line break, both cases, full-width letters and colons, labels after white space or invisible characters,
   * and labels that span several texts of a turn. All other text is kept, and so are {@link Spoken} tokens, which come
   * from the model.
   *
   * @return the format
   */
  static PromptFormat questionAnswer() {
    return PromptFormats.QuestionAnswer.SAFE;
  }

  /**
   * {@link #questionAnswer()} with unmodified texts, as published: a line of a user's text that begins with {@code A:}
   * reads as the model's answer. Use it only for trusted text.
   *
   * @return the format
   */
  static PromptFormat publishedQuestionAnswer() {
    return PromptFormats.QuestionAnswer.PUBLISHED;
  }

  /**
   * Concatenates all contents without adding a word: the input of the published {@code generate_for_images_and_texts}.
   * The contents of system turns come first.
   *
   * @return the format
   */
  static PromptFormat plain() {
    return conversation -> PromptFormats.systemFirst(Objects.requireNonNull(conversation, "conversation"))
        .flatMap(turn -> turn.contents().stream()).toList();
  }
}
