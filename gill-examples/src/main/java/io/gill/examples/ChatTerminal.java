package io.gill.examples;

import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.completer.AggregateCompleter;
import org.jline.reader.impl.completer.ArgumentCompleter;
import org.jline.reader.impl.completer.NullCompleter;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.terminal.impl.KittyGraphics;
import org.jline.terminal.impl.TerminalGraphics;
import org.jline.terminal.impl.TerminalGraphicsManager;
import org.jline.terminal.spi.SystemStream;
import org.jspecify.annotations.Nullable;

/**
 * The terminal of a person: lines can be edited and recalled, Ctrl-C ends no more than a line or a reply, and pictures
 * are shown where the terminal can. Escape sequences and the detection of what a terminal can are JLine's.
 */
final class ChatTerminal implements ChatInput, AutoCloseable {
  /** Maximum side of a picture that is shown, in pixels. */
  private static final int LONGEST_SIDE = 512;

  /** The protocol of kitty allows no longer piece of base64. */
  private static final int KITTY_PIECE = 4096;

  private final Terminal terminal;
  private final LineReader reader;
  private final Optional<TerminalGraphics> graphics;

  /**
   * Uses a terminal.
   *
   * @param history file that keeps the lines between runs; empty to recall those of this run only
   */
  ChatTerminal(Terminal terminal, Optional<Path> history) {
    this.terminal = terminal;
    graphics = TerminalGraphicsManager.getBestProtocol(terminal); // may ask the terminal, so that early keys are lost
    LineReaderBuilder builder = LineReaderBuilder.builder()
        .terminal(terminal)
        .appName("gill")
        .parser(new DefaultParser().quoteChars(new char[0]).escapeChars(new char[0])) // a message is not a command
        .completer(new AggregateCompleter(
            new ArgumentCompleter(new StringsCompleter(Dialogue.COMMANDS), NullCompleter.INSTANCE),
            new ArgumentCompleter(new StringsCompleter("/policy"),
                new StringsCompleter(Dialogue.policies()), NullCompleter.INSTANCE)))
        .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true) // "!" is an exclamation mark
        .option(LineReader.Option.HISTORY_IGNORE_SPACE, false);
    history.ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file)); // written after each line
    reader = builder.build();
  }

  /** Opens the terminal of the process. Returns nothing where input or output is redirected. */
  static Optional<ChatTerminal> open() {
    if (!isTerminal(SystemStream.Input, SystemStream.Output)) {
      return Optional.empty();
    }
    try {
      Terminal terminal = TerminalBuilder.builder().system(true).dumb(false).build();
      if (!terminal.getType().startsWith(Terminal.TYPE_DUMB)) {
        return Optional.of(new ChatTerminal(terminal, HistoryFile.open(
            HistoryFile.of(System.getenv(), Path.of(System.getProperty("user.home", ""))))));
      }
      terminal.close();
    } catch (IOException | IllegalStateException e) {
      // Lines are then read without editing.
    }
    return Optional.empty();
  }

  /** Returns whether all of these streams of the process are terminals. */
  static boolean isTerminal(SystemStream... streams) {
    return TerminalBuilder.builder().getProviders(null, new IllegalStateException()).stream().findFirst()
        .map(provider -> Arrays.stream(streams).allMatch(provider::isSystemStream)).orElse(false);
  }

  /** Returns the part of the screen that belongs to this terminal. */
  Screen screen(PrintWriter err) {
    return new Screen(terminal.writer(), err, () -> isTerminal(SystemStream.Error), this::show);
  }

  /** Runs an action when Ctrl-C is pressed and no line is read. */
  void onCtrlC(Runnable action) {
    terminal.handle(Terminal.Signal.INT, signal -> action.run());
  }

  @Override
  public @Nullable String next(String prompt) {
    while (true) {
      try {
        return reader.readLine(prompt);
      } catch (UserInterruptException e) {
        if (e.getPartialLine().isEmpty()) {
          terminal.writer().println("(/quit or Ctrl-D ends)");
        }
      } catch (EndOfFileException e) {
        return null;
      }
    }
  }

  /** Shows a picture below the last line, if the terminal can. */
  void show(BufferedImage picture) {
    graphics.ifPresent(protocol -> {
      try {
        BufferedImage fitting = fitting(picture);
        TerminalGraphics.ImageOptions options = new TerminalGraphics.ImageOptions();
        terminal.writer().println(protocol instanceof KittyGraphics kitty
            ? kitty.convertImageChunked(fitting, options, KITTY_PIECE) : protocol.convertImage(fitting, options));
        terminal.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
  }

  /** Reduces a photograph, and enlarges a picture that would be as small as a few letters. */
  private static BufferedImage fitting(BufferedImage picture) {
    int side = Math.max(picture.getWidth(), picture.getHeight());
    int enlarged = LONGEST_SIDE / 2 / side;
    double factor = side > LONGEST_SIDE ? (double) LONGEST_SIDE / side : Math.max(1, enlarged);
    return factor == 1 ? picture : Images.resize(picture,
        Math.max(1, (int) Math.round(picture.getWidth() * factor)),
        Math.max(1, (int) Math.round(picture.getHeight() * factor)));
  }

  @Override
  public void close() {
    try {
      terminal.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
