package io.gill;

import io.gill.Conversation.Content;
import io.gill.Conversation.Image;
import io.gill.Conversation.Role;
import io.gill.Conversation.Spoken;
import io.gill.Conversation.Text;
import io.gill.Conversation.Turn;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Implementations of the longer prompt formats. */
final class PromptFormats {
  private PromptFormats() {}

  /** The format of the published demonstration. */
  enum QuestionAnswer implements PromptFormat {
    /** No text can start a turn. */
    SAFE(TurnLabels::joinLines),
    /** Texts stay unmodified. */
    PUBLISHED(texts -> texts);

    /** Rewrites the texts of one turn; returns one text per text. */
    @SuppressWarnings("ImmutableEnumChecker") // pure functions
    private final UnaryOperator<List<String>> rewriting;

    QuestionAnswer(UnaryOperator<List<String>> rewriting) {
      this.rewriting = rewriting;
    }

    @Override
    public List<Content> write(Conversation conversation) {
      return questionAnswer(Objects.requireNonNull(conversation, "conversation"), rewriting);
    }
  }

  /** Formats a conversation and checks the result. */
  static List<Content> write(Conversation conversation, PromptFormat format) {
    return Arguments.copyOf(format.write(conversation), "the prompt format's contents");
  }

  /** Rejects a conversation that a format cannot continue with an answer. */
  static void requireQuestion(Conversation conversation, PromptFormat format) {
    if (conversation.turns().isEmpty()) {
      throw new IllegalArgumentException("the conversation is empty: give it text or an image");
    }
    if (!(format instanceof QuestionAnswer)) {
      return; // other formats, such as plain(), may continue any turn
    }
    Turn last = conversation.turns().get(conversation.turns().size() - 1);
    if (last.role() != Role.USER) {
      String whose = last.role() == Role.SYSTEM ? "a system" : "the model's";
      throw new IllegalArgumentException("the conversation ends with " + whose + " turn: add a user's turn");
    }
    if (last.contents().stream().allMatch(content -> content instanceof Text text && isBlank(text.text()))) {
      throw new IllegalArgumentException("the user's turn is blank: give it text or an image");
    }
  }

  static boolean isBlank(String text) {
    return text.codePoints().allMatch(TurnLabels::isBlank);
  }

  private static List<Content> questionAnswer(Conversation conversation, UnaryOperator<List<String>> safe) {
    List<Content> prompt = new ArrayList<>();
    systemFirst(conversation).forEach(turn -> {
      switch (turn.role()) {
        case SYSTEM -> instructions(turn.contents(), prompt); // the application's own words
        case USER -> question(rewritten(turn.contents(), safe), prompt);
        case ASSISTANT -> answer(rewritten(turn.contents(), safe), prompt);
      }
    });
    return prompt;
  }

  /** Returns all turns, those of the system before the others. */
  static Stream<Turn> systemFirst(Conversation conversation) {
    return conversation.turns().stream().sorted(Comparator.comparing(turn -> turn.role() != Role.SYSTEM));
  }

  private static void instructions(List<Content> contents, List<Content> prompt) {
    contents.forEach(content -> prompt.add(content instanceof Text text ? new Text(text.text() + "\n") : content));
  }

  private static List<Content> rewritten(List<Content> contents, UnaryOperator<List<String>> safe) {
    List<String> texts = contents.stream()
        .filter(Text.class::isInstance).map(content -> ((Text) content).text()).toList();
    Iterator<String> rewritten = safe.apply(texts).iterator();
    return contents.stream()
        .map(content -> content instanceof Text ? new Text(rewritten.next()) : content).toList();
  }

  /** Images before a turn's first text precede the "Q:", as in the demonstration. */
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
