package io.gill.examples;

import io.gill.Capabilities;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.History;
import io.gill.RespondOptions;
import io.gill.smallworld.SmallWorld;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Talks with a model, line by line or from a script. */
@Command(
    name = "chat",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    description = "Talks with a model, line by line or from a script.",
    footer = {
      "",
      "Commands: /image PATH adds an image to your next message, an empty line sends images alone, /undo takes the "
          + "last turn back, /seed N and /policy POLICY change these options, /save FILE writes a transcript, "
          + "/reset starts a new conversation, /quit ends. Ctrl-C cancels a reply. On a terminal, the arrow keys edit "
          + "a line and recall earlier ones, also those of earlier chats, which gill/chat_history in $XDG_STATE_HOME "
          + "(~/.local/state, on Windows %%LOCALAPPDATA%%) keeps for you alone. Pictures are shown if the terminal "
          + "knows kitty's, iTerm2's or sixel graphics.",
      "",
      "A script is a JSON list of turns: [[{\"image\": \"cat.png\"}, {\"text\": \"What is this?\"}, "
          + "{\"options\": {\"maxTokens\": 16}}]]. Script options are named after the options above (maxTokens is "
          + "--max-tokens) and override them.",
      "",
      "A model's gill_defaults.json may set other defaults than the above."
    })
final class Chat implements Callable<Integer> {
  private static final Path DEFAULT_FOLDER = Path.of("gill-pictures");

  private final BiFunction<ModelOptions, Path, GillModel> loader;
  private final BufferedReader in;
  private final Supplier<Optional<ChatTerminal>> terminals;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--model", paramLabel = "DIR", description = "The model directory; the bundled model by default.")
  private @Nullable Path directory;

  @Option(names = "--script", paramLabel = "FILE", description = "Play the conversation in this file.")
  private @Nullable Path script;

  @Option(
      names = "--transcript",
      paramLabel = "FILE",
      description = "Write the conversation to this HTML page at the end.")
  private @Nullable Path transcript;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Folder for the model's images: gill-pictures by default; with a script, none by default.")
  private @Nullable Path output;

  @Mixin private ModelOptions modelOptions = new ModelOptions();

  @Mixin private ReplySettings replySettings = new ReplySettings();

  Chat() {
    this(ModelOptions::load, new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())),
        ChatTerminal::open);
  }

  /**
   * @param in messages, where there is no terminal
   * @param terminals opens the terminal, if there is one
   */
  Chat(BiFunction<ModelOptions, Path, GillModel> loader, BufferedReader in,
      Supplier<Optional<ChatTerminal>> terminals) {
    this.loader = loader;
    this.in = in;
    this.terminals = terminals;
  }

  @Override
  public Integer call() throws IOException {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    PrintWriter err = line.getErr();
    // Arguments are checked before the model is loaded.
    RespondOptions checked = replySettings.over(RespondOptions.defaults());
    Script turns = script == null ? null : Script.read(script);
    if (turns != null) {
      turns.turns().forEach(turn -> turn.options(checked));
    }
    checkWritable(transcript);
    Path directory = this.directory == null ? SmallWorld.directory() : this.directory;
    long start = System.nanoTime();
    try (GillModel model = loader.apply(modelOptions, directory)) {
      double loading = (System.nanoTime() - start) / 1e9;
      RespondOptions options = fitting(replySettings.over(modelOptions.replies(model)));
      PictureFolder folder = output != null ? new PictureFolder(output)
          : turns == null ? new PictureFolder(DEFAULT_FOLDER) : null;
      Map<String, String> facts = facts(directory, model.capabilities(), loading);
      ChatTerminal terminal = terminals.get().orElse(null); // after loading, which Ctrl-C ends
      try (terminal) {
        Screen screen = terminal == null ? Screen.plain(line.getOut(), err) : terminal.screen(err);
        try (Talk talk = new Talk(model, screen, folder);
            TranscriptFile file = new TranscriptFile(() -> writeTranscript(talk, options, facts, err))) {
          handleCtrlC(talk, file, terminal);
          if (turns != null) {
            play(turns, options, talk);
          } else {
            model.capabilities().notes().forEach(note -> err.println("note: " + Printable.of(note)));
            err.flush();
            ChatInput input = terminal == null ? ChatInput.lines(in, screen.out()) : terminal;
            new Dialogue(talk, options, facts, input, screen).run();
          }
        }
      }
    }
    return CommandLine.ExitCode.OK;
  }

  /** Leaves out the oldest turns once the chat is too long for the model. */
  private static RespondOptions fitting(RespondOptions options) {
    return options.history() instanceof History.All ? options.toBuilder().history(History.fitting()).build() : options;
  }

  private void writeTranscript(Talk talk, RespondOptions options, Map<String, String> facts, PrintWriter err) {
    if (transcript != null) {
      TranscriptPage.write(transcript, talk.exchanges(), options, facts);
      err.println("transcript: " + transcript);
      err.flush();
    }
  }

  /** Lets Ctrl-C cancel a reply. Where there is none, it ends a program that reads no terminal. */
  private void handleCtrlC(Talk talk, TranscriptFile file, @Nullable ChatTerminal terminal) {
    if (terminal != null && script == null) {
      terminal.onCtrlC(talk::cancel);
    } else {
      Signals.register("INT", () -> {
        if (!talk.cancel()) {
          file.write();
          Runtime.getRuntime().halt(130);
        }
      });
    }
  }

  private static void play(Script script, RespondOptions options, Talk talk) {
    for (Script.Turn turn : script.turns()) {
      talk.echo(turn.contents());
      talk.say(turn.contents(), turn.options(options));
    }
  }

  private static void checkWritable(@Nullable Path file) {
    if (file == null) {
      return;
    }
    Path parent = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || parent == null || !Files.isDirectory(parent)) {
      throw new GillException("the transcript cannot be written to " + file + ": "
          + (Files.isDirectory(file) ? "it is a folder" : "there is no folder " + parent));
    }
  }

  private Map<String, String> facts(Path directory, Capabilities capabilities, double loading) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", directory.toString());
    facts.putAll(modelOptions.describe());
    capabilities.notes().forEach(note -> facts.merge("notes", note, (a, b) -> a + "; " + b));
    facts.put("loading", String.format(Locale.ROOT, "%.2f s", loading));
    return facts;
  }
}
