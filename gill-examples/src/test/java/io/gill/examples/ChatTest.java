package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.GillModel;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ChatTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  @TempDir Path folder;

  @BeforeEach
  void picture() throws IOException {
    ImageIO.write(new BufferedImage(8, 6, BufferedImage.TYPE_INT_RGB), "png", folder.resolve("a.png").toFile());
  }

  private int chat(String typed, String... args) {
    Chat chat = new Chat((options, directory) -> model(), new BufferedReader(new StringReader(typed)));
    CommandLine line = Main.commandLine(chat)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true));
    String[] all = Stream.concat(Stream.of("chat", "--model", "fake", "--steps", "2"), Stream.of(args))
        .toArray(String[]::new);
    return Main.run(line, all);
  }

  private static GillModel model() {
    return FakeModel.builder(prompt -> prompt.contains("draw") ? " Here: [IMG0]" : " You <b>said</b> it.").build();
  }

  private Path script(String json) throws IOException {
    return Files.writeString(folder.resolve("script.json"), json);
  }

  @Test
  void aScriptIsPlayedAndBecomesAPageWithItsPictures() throws IOException {
    Path script = script("""
        [[{"image": "a.png"}, {"text": "What <is> this?"}],
         [{"text": "draw it"}, {"options": {"policy": "both", "seed": 5, "maxTokens": 64}}]]
        """);
    Path page = folder.resolve("t.html");
    assertThat(chat("", "--script", script.toString(), "--transcript", page.toString(), "--max-tokens", "64"))
        .as(err::toString).isZero();
    assertThat(out.toString()).contains("What <is> this?").contains("You <b>said</b> it.").contains("picture");
    String html = Files.readString(page);
    assertThat(html).contains("What &lt;is&gt; this?").contains("You &lt;b&gt;said&lt;/b&gt; it.")
        .doesNotContain("<b>said").doesNotContain("http://").doesNotContain("https://").doesNotContain("<script");
    Matcher pictures = Pattern.compile("data:image/png;base64,([A-Za-z0-9+/=]+)").matcher(html);
    int count = 0;
    while (pictures.find()) {
      byte[] png = Base64.getDecoder().decode(pictures.group(1));
      assertThat(ImageIO.read(new ByteArrayInputStream(png)).getWidth()).isPositive();
      count++;
    }
    assertThat(count).isGreaterThanOrEqualTo(3); // the user's, a retrieved and a generated one
  }

  @Test
  void aDialogueIsTypedAndItsPicturesAreSaved() throws IOException {
    Path pictures = folder.resolve("pictures");
    Path page = folder.resolve("t.html");
    String typed = "/image " + folder.resolve("a.png") + "\nwhat is it?\ndraw it\n/save " + page + "\n/quit\n";
    assertThat(chat(typed, "--output", pictures.toString(), "--policy", "generate", "--max-tokens", "64"))
        .as(err::toString).isZero();
    assertThat(out.toString()).contains("You <b>said</b> it.");
    try (Stream<Path> saved = Files.list(pictures)) {
      assertThat(saved.filter(file -> file.toString().endsWith(".png"))).hasSize(1);
    }
    assertThat(page).isRegularFile();
  }

  @Test
  void aBadScriptIsOneLineWithItsPlace() throws IOException {
    assertThat(chat("", "--script", script("[[{\"text\": \"x\", \"colour\": 1}]]").toString())).isEqualTo(1);
    assertThat(err.toString()).contains("script.json").contains("colour").doesNotContain("\tat ");
    assertThat(err.toString().lines()).hasSize(1);
  }

  @Test
  void everyKindOfBadScriptIsRefused() throws IOException {
    for (String json : new String[] {
      "", "{}", "[]", "[[]]", "[[{}]]", "[[{\"text\": 1}]]", "[[{\"image\": \"missing.png\"}]]", "[[{\"text\": \"x\"}]",
      "[[{\"text\": \"x\"}, {\"options\": {\"maxTokens\": 0}}]]", "[[{\"text\": \"x\"}, {\"options\": {\"nope\": 1}}]]",
      "[[{\"text\": \"x\"}, {\"options\": {\"temperature\": 0, \"topP\": 0.5}}]]", "[\"x\"]"}) {
      err.getBuffer().setLength(0);
      assertThat(chat("", "--script", script(json).toString())).as(json).isEqualTo(1);
      assertThat(err.toString()).as(json).startsWith("error: ").contains("script.json");
    }
  }

  @Test
  void wrongUsageIsCodeTwo() {
    assertThat(chat("", "--policy", "guess")).isEqualTo(2);
    assertThat(chat("", "--device", "tpu")).isEqualTo(2);
    assertThat(chat("", "--nonsense")).isEqualTo(2);
    assertThat(err.toString()).contains("guess").contains("tpu").contains("nonsense");
  }

  @Test
  void theDoctorReportsOnAnyMachine() {
    CommandLine line = Main.commandLine(new Doctor())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true));
    assertThat(Main.run(line, "doctor")).as(err::toString).isZero();
    assertThat(out.toString()).contains("Java").contains("libtorch").contains("CUDA");
  }
}
