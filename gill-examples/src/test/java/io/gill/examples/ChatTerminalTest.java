package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.GillModel;
import io.gill.image.Images;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A chat on a terminal whose keys the test presses. */
@Timeout(60)
class ChatTerminalTest {
  private static final String LEFT = "\u001bOD";
  private static final String UP = "\u001bOA";
  private static final String CTRL_C = "\u0003";

  private final PipedInputStream pressed = new PipedInputStream(1 << 16);
  private final PipedOutputStream keys = new PipedOutputStream();
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();

  private String type = "xterm";
  private Map<String, String> environment = Map.of();
  private Optional<Path> history = Optional.empty();

  @TempDir Path folder;

  @BeforeEach
  void connect() throws IOException {
    keys.connect(pressed);
  }

  private ChatTerminal terminal() {
    try {
      Terminal terminal = new ExternalTerminal("test", type, pressed, shown, StandardCharsets.UTF_8) {
        @Override
        public @Nullable String getenv(String variable) {
          return environment.get(variable);
        }
      };
      return new ChatTerminal(terminal, history);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void press(String text) throws IOException {
    keys.write(text.getBytes(StandardCharsets.UTF_8));
    keys.flush();
  }

  /** Presses the keys of a line at each prompt. */
  private void type(String... lines) {
    CompletableFuture.runAsync(() -> {
      for (int i = 0; i < lines.length; i++) {
        until("you:  ", i + 1);
        try {
          press(lines[i]);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    });
  }

  private Run chat(GillModel.Builder model, String... args) {
    Chat chat = new Chat(
        (options, path) -> model.build(), new BufferedReader(Reader.nullReader()), () -> Optional.of(terminal()));
    String[] all = new String[args.length + 3];
    all[0] = "chat";
    all[1] = "--model";
    all[2] = "some-model";
    System.arraycopy(args, 0, all, 3, args.length);
    return Run.of(Main.commandLine(chat), all);
  }

  @Test
  void linesAreEditedAndRecalledAndSaidAsTheyAre() throws Exception {
    type("don't stop\\\"!X" + LEFT + "!\r", "second\r", UP + UP + "\r", "/quit\r");
    Path page = folder.resolve("page.html");

    Run run = chat(FakeModel.builder(prompt -> " Yes."), "--transcript", page.toString());

    assertThat(run.exit()).isZero();
    assertThat(Files.readString(page)).containsSubsequence(
        "don&#39;t stop\\&quot;!!X", "Yes.", "second", "Yes.", "don&#39;t stop\\&quot;!!X", "Yes.");
  }

  @Test
  void linesOfEarlierChatsAreRecalledFromAFileOfTheOwnerOnly() throws Exception {
    Path file = folder.resolve("state/gill/chat_history");
    Files.createDirectories(folder.resolve("state/gill"));
    Files.writeString(file, "1700000000000:from an earlier chat\n");
    history = HistoryFile.open(file);
    type(UP + "\r", "a new line\r", "/quit\r");
    Path page = folder.resolve("page.html");

    chat(FakeModel.builder(prompt -> " Yes."), "--transcript", page.toString());

    assertThat(Files.readString(page)).containsSubsequence("from an earlier chat", "a new line");
    assertThat(Files.readString(file)).contains(":a new line\n");
    if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
    }
  }

  @Test
  void theHistoryIsInTheFolderOfState() throws Exception {
    Path home = folder.resolve("home");
    Path made = HistoryFile.open(HistoryFile.of(Map.of("XDG_STATE_HOME", "not-absolute"), home)).orElseThrow();
    assertThat(made).isEqualTo(home.resolve(".local/state/gill/chat_history")).isEmptyFile();
    assertThat(HistoryFile.of(Map.of("XDG_STATE_HOME", folder.toString()), home))
        .isEqualTo(folder.resolve("gill/chat_history"));
    assertThat(HistoryFile.of(Map.of("LOCALAPPDATA", folder.toString()), home))
        .isEqualTo(folder.resolve("gill/chat_history"));
    assertThat(HistoryFile.open(made.resolve("below-a-file"))).isEmpty();
    assertThat(HistoryFile.open(home)).isEmpty();
  }

  @Test
  void ctrlCCancelsTheReplyAndKeepsTheConversation() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    Path page = folder.resolve("page.html");
    CompletableFuture<Void> user = CompletableFuture.runAsync(() -> {
      try {
        until("you:  ");
        press("first\r");
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        press(CTRL_C);
        until("gill: (nothing)");
        until("you:  ", 2);
        press("not sent");
        until("you:  not sent");
        press(CTRL_C + CTRL_C);
        until("(/quit or Ctrl-D ends)");
        for (String line : List.of("/undo\r", "last\r", "/quit\r")) {
          pause();
          press(line);
          until("you:  " + line.strip());
        }
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    });

    Run run = chat(FakeModel.builder(prompt -> {
      if (prompt.contains("first") && begun.getCount() > 0) {
        begun.countDown();
        for (int i = 0; i < 200 && !text().contains("^C"); i++) {
          pause();
        }
      }
      return " Yes.";
    }), "--transcript", page.toString());

    user.get(30, TimeUnit.SECONDS);
    assertThat(run.exit()).isZero();
    assertThat(run.err()).contains("(cancelled)");
    assertThat(text()).contains("(/quit or Ctrl-D ends)");
    assertThat(Files.readString(page)).contains("last").doesNotContain("not sent", "first");
  }

  private void until(String expected) {
    until(expected, 1);
  }

  private void until(String expected, int times) {
    for (int i = 0; i < 1000 && text().split(Pattern.quote(expected), -1).length <= times; i++) {
      pause();
    }
    assertThat(text()).contains(expected);
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private String text() {
    return shown.toString(StandardCharsets.UTF_8);
  }

  @Test
  void kittyReceivesThePictureInPieces() throws Exception {
    environment = Map.of("TERM_PROGRAM", "WezTerm");
    BufferedImage noise = new BufferedImage(300, 200, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(1);
    for (int i = 0; i < 300 * 200; i++) {
      noise.setRGB(i % 300, i / 300, random.nextInt(1 << 24));
    }
    try (ChatTerminal terminal = terminal()) {
      terminal.show(noise);
    }
    List<String> pieces = Pattern.compile("\u001b_G[^;]*;([^\u001b]*)\u001b").matcher(text()).results()
        .map(found -> found.group(1)).toList();
    assertThat(pieces).hasSizeGreaterThan(1).allMatch(piece -> piece.length() <= 4096);
    BufferedImage received = Images.read(Base64.getDecoder().decode(String.join("", pieces)), "received");
    assertThat(received.getRGB(299, 199)).isEqualTo(noise.getRGB(299, 199));
    assertThat(received.getWidth()).isEqualTo(300);
  }

  @Test
  void iTermReceivesThePictureInOneSequence() throws Exception {
    byte[] png = drawn(
        Map.of("TERM_PROGRAM", "iTerm.app"), Pattern.compile("\u001b]1337;File=([^:]*):([^\u0007]*)\u0007"), 2);

    assertThat(Images.read(png, "shown").getHeight()).isEqualTo(256);
    assertThat(text()).contains("inline=1");
  }

  /** Lets the model draw a picture, and returns what the terminal received of it. */
  private byte[] drawn(Map<String, String> variables, Pattern sequence, int base64) throws Exception {
    environment = variables;
    type("draw\r", "/quit\r");
    Run run = chat(FakeModel.builder(prompt -> " Here. [IMG0]"), "--policy", "generate",
        "--output", folder.resolve("made").toString());
    assertThat(run.exit()).isZero();
    Matcher found = sequence.matcher(text());
    StringBuilder encoded = new StringBuilder();
    while (found.find()) {
      encoded.append(found.group(base64));
    }
    return Base64.getDecoder().decode(encoded.toString());
  }

  @Test
  void sixelsShowThePicturesColours() throws Exception {
    type = "foot";
    BufferedImage red = new BufferedImage(12, 12, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 144; i++) {
      red.setRGB(i % 12, i / 12, 0xff0000);
    }
    try (ChatTerminal terminal = terminal()) {
      terminal.show(red);
    }
    assertThat(text()).containsPattern("\u001bP[\\d;]*q[^\u001b]*#\\d+;2;100;0;0[^\u001b]*\u001b\\\\");
  }

  @Test
  void aTerminalWithoutGraphicsReceivesNoPicture() throws Exception {
    type("draw\r", "/quit\r");
    chat(FakeModel.builder(prompt -> " Here. [IMG0]"), "--output", folder.resolve("made").toString());

    assertThat(text()).contains("picture, score ").doesNotContain("\u001bP", "\u001b_G", "\u001b]1337");
  }

  @Test
  void aTranscriptIsWrittenOnceWhateverComesFirst() {
    AtomicInteger times = new AtomicInteger();
    try (TranscriptFile file = new TranscriptFile(times::incrementAndGet)) {
      file.write();
    }
    assertThat(times).hasValue(1);
  }
}
