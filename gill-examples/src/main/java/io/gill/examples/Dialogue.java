package io.gill.examples;

import io.gill.Conversation.Content;
import io.gill.Conversation.Image;
import io.gill.Conversation.Text;
import io.gill.GillException;
import io.gill.RespondOptions;
import io.gill.image.Images;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads the user's lines. After a line that fails, the error is printed and the conversation continues. */
final class Dialogue {
  private static final String HELP = """
      /image PATH  add an image to your next message; an empty line sends images alone
      /save FILE   write the conversation as an HTML page
      /reset       start a new conversation
      /quit        end
      Ctrl-C       cancel the reply
      """;

  private final Talk talk;
  private final RespondOptions options;
  private final Map<String, String> facts;
  private final BufferedReader in;
  private final PrintWriter out;
  private final PrintWriter err;
  private final List<Content> pending = new ArrayList<>();

  Dialogue(
      Talk talk,
      RespondOptions options,
      Map<String, String> facts,
      BufferedReader in,
      PrintWriter out,
      PrintWriter err) {
    this.talk = talk;
    this.options = options;
    this.facts = facts;
    this.in = in;
    this.out = out;
    this.err = err;
  }

  void run() throws IOException {
    out.println("Say something; /help lists the commands.");
    while (true) {
      out.print(pending.isEmpty() ? "you:  " : "you, with pictures (" + pending.size() + "):  ");
      out.flush();
      String line = in.readLine();
      if (line == null || line.strip().equals("/quit")) {
        out.println();
        out.flush();
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
      case "/save" -> {
        Path file = path(argument);
        TranscriptPage.write(file, talk.exchanges(), options, facts);
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
