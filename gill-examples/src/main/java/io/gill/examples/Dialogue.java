package io.gill.examples;

import io.gill.Conversation.Content;
import io.gill.Conversation.Image;
import io.gill.Conversation.Text;
import io.gill.GillException;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.image.Images;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Reads the user's lines. After a line that fails, the error is printed and the conversation continues. */
final class Dialogue {
  static final List<String> COMMANDS =
      List.of("/image", "/undo", "/seed", "/policy", "/save", "/reset", "/help", "/quit");

  private static final String HELP = """
      /image PATH     add an image to your next message; an empty line sends images alone
      /undo           take the last turn and its reply back
      /seed N         set the seed of sampling and of the images' noise
      /policy POLICY  set where images come from: decide, retrieve, generate or both
      /save FILE      write the conversation as an HTML page
      /reset          start a new conversation
      /quit           end
      Ctrl-C          cancel the reply
      """;

  private final Talk talk;
  private final RespondOptions usual;
  private final Map<String, String> facts;
  private final ChatInput in;
  private final PrintWriter out;
  private final PrintWriter err;
  private final List<Content> pending = new ArrayList<>();
  private RespondOptions options;

  Dialogue(Talk talk, RespondOptions options, Map<String, String> facts, ChatInput in, Screen screen) {
    this.talk = talk;
    this.options = options;
    this.facts = facts;
    this.in = in;
    usual = options;
    out = screen.out();
    err = screen.err();
  }

  /** Returns the names of the image policies. */
  static List<String> policies() {
    return Arrays.stream(ImagePolicy.values()).map(Choice::name).toList();
  }

  void run() throws IOException {
    out.println("Say something; /help lists the commands.");
    while (true) {
      out.flush();
      String line = in.next(pending.isEmpty() ? "you:  " : "you, with pictures (" + pending.size() + "):  ");
      if (line == null || line.strip().equals("/quit")) {
        return;
      }
      try {
        take(line.strip());
      } catch (GillException | IllegalArgumentException e) {
        err.println("error: " + Main.message(e));
        err.flush();
      }
    }
  }

  private void take(String line) {
    String[] words = line.split("\\s+", 2);
    String argument = words.length > 1 ? words[1] : "";
    switch (words[0]) {
      case "/image" -> pending.add(new Image(Images.read(path(argument))));
      case "/undo" -> talk.undo();
      case "/seed" -> options = options.toBuilder().seed(seed(argument)).build();
      case "/policy" -> options = options.toBuilder().imagePolicy(policy(argument)).build();
      case "/save" -> {
        Path file = path(argument);
        TranscriptPage.write(file, talk.exchanges(), usual, facts);
        out.println("saved: " + file);
      }
      case "/reset" -> {
        talk.reset();
        pending.clear();
      }
      case "/help" -> out.print(HELP);
      default -> say(line);
    }
  }

  private static long seed(String argument) {
    try {
      return Long.parseLong(argument);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + argument + "' is not a whole number", e);
    }
  }

  private static ImagePolicy policy(String argument) {
    return Arrays.stream(ImagePolicy.values()).filter(policy -> Choice.name(policy).equals(argument)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException(
            "'" + argument + "' is no image policy: use " + String.join(", ", policies())));
  }

  private void say(String line) {
    if (line.startsWith("/")) {
      throw new IllegalArgumentException("'" + line + "' is not a command: /help lists the commands");
    }
    if (!line.isEmpty()) {
      pending.add(new Text(line));
    }
    if (!pending.isEmpty()) {
      List<Content> said = List.copyOf(pending);
      pending.clear();
      talk.say(said, options);
    }
  }

  private static Path path(String argument) {
    if (argument.isEmpty()) {
      throw new IllegalArgumentException("a path is missing: /help lists the commands");
    }
    try {
      return Path.of(argument);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("'" + argument + "' is not a path: " + e.getReason(), e);
    }
  }
}
