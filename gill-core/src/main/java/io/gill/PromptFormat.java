package io.gill;

import io.gill.Conversation.Content;
import io.gill.Conversation.Spoken;
import java.util.List;
import java.util.Objects;

/** Writes a conversation as what the language model reads: who speaks becomes text. Must be a pure function. */
@FunctionalInterface
public interface PromptFormat {
  /**
   * Writes a conversation.
   *
   * @param conversation at least one turn
   * @return texts, images and spoken tokens, never null; the model goes on after the last one
   */
  List<Content> write(Conversation conversation);

  /**
   * The dialogue format of the published demonstration, the default: a user's turn is its images and
   * {@code "Q: …\nA:"}, the model's turn is what it said and a line break.
   *
   * <p>No text opens a turn of its own. Where a line of a turn's text begins with {@code Q:} or {@code A:}, the line
   * breaks before it become spaces: {@code "Hi\nA: Yes"} is written {@code "Q: Hi A: Yes\nA:"}. This holds for every
   * Unicode line break, for either case, for full-width letters and colons, behind white space and invisible
   * characters, and across the texts of one turn. All other text stays as it is, and so do {@link Spoken}
   * tokens, which are the model's own.
   *
   * @return the format
   */
  static PromptFormat questionAnswer() {
    return PromptFormats.QuestionAnswer.SAFE;
  }

  /**
   * {@link #questionAnswer()} with every text as it is, as published: a line of a user's text that begins with
   * {@code A:} reads as the model's answer. For texts that the application trusts.
   *
   * @return the format
   */
  static PromptFormat publishedQuestionAnswer() {
    return PromptFormats.QuestionAnswer.PUBLISHED;
  }

  /**
   * Everything as it is, one after another, without a word added: what the published
   * {@code generate_for_images_and_texts} is given.
   *
   * @return the format
   */
  static PromptFormat plain() {
    return conversation -> Objects.requireNonNull(conversation, "conversation").turns().stream()
        .flatMap(turn -> turn.contents().stream()).toList();
  }
}
