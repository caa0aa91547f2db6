package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.image.Images;
import io.gill.testing.FakeModel;
import io.gill.testsupport.Reference;
import io.gill.weights.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTest {
  private static final Pattern DATA = Pattern.compile("src=\"data:image/png;base64,([A-Za-z0-9+/=]+)\"");
  private static final String EVIL = "<script>alert('x')</script> & \"quoted\" \u001b[31m \u202e";

  @TempDir Path folder;

  private Path file(String name) {
    return folder.resolve(name);
  }

  private String write(String name, String text) throws IOException {
    return Files.writeString(file(name), text).toString();
  }

  private Path picture(String name, int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    return Files.write(file(name), Images.toPng(image, Map.of()));
  }

  private static List<byte[]> pictures(String html) {
    List<byte[]> pictures = new ArrayList<>();
    Matcher matcher = DATA.matcher(html);
    while (matcher.find()) {
      pictures.add(Base64.getDecoder().decode(matcher.group(1)));
    }
    return pictures;
  }

  @Test
  void aScriptIsPlayedAndWrittenAsOnePage() throws IOException {
    picture("cat.png", 6, 4);
    String script = write("talk.json", """
        [[{"image": "cat.png"}, {"text": "What is this?"}],
         [{"text": "Paint it."}, {"options": {"imagePolicy": "both", "steps": 3, "seed": 42}}]]""");

    Run run = Run.chat(prompt -> prompt.contains("Paint") ? " Here it is. [IMG0]" : " A cat.", "",
        "--script", script, "--transcript", file("out.html").toString(), "--top-k", "1");

    assertThat(run.exit()).isZero();
    assertThat(run.out().lines()).containsExactly(
        "you:  [picture] What is this?",
        "gill:  A cat.",
        "you:  Paint it.",
        "gill:  Here it is.",
        "gill: [generated picture, score " + score(run.out()) + "]");
    assertThat(run.err()).contains("step 3 of 3" + System.lineSeparator());
    String html = Files.readString(file("out.html"));
    assertThat(html).containsSubsequence(
        "<h2>You</h2>", "<img", "What is this?", "<h2>Model</h2>", "A cat.",
        "<h2>You</h2>", "Paint it.", "seed 42 · imagePolicy both · steps 3", "<h2>Model</h2>", "Here it is.",
        "<img", "generated · decision generate 75.0 %, retrieve 25.0 % · similarity ", "seed 42 · steps 3",
        "class=\"other\"", "not chosen · retrieved · match ", "source fake:0",
        "<footer>", "<dt>model</dt><dd>some-model</dd>", "<dt>topK</dt><dd>1</dd>", "<dt>replies</dt>", "</html>");
    List<byte[]> pictures = pictures(html);
    assertThat(pictures).hasSize(3);
    assertThat(Images.read(pictures.get(0), "first").getWidth()).isEqualTo(6);
    assertThat(Images.read(pictures.get(1), "second").getWidth()).isEqualTo(64);
    assertThat(Images.pngText(pictures.get(1)))
        .containsEntry("origin", "generated").containsEntry("seed", "42").containsEntry("steps", "3");
    assertThat(Images.pngText(pictures.get(2))).containsEntry("origin", "retrieved").containsEntry("source", "fake:0");
  }

  private static String score(String out) {
    return out.replaceAll("(?s).*score ([-0-9.]+).*", "$1");
  }

  @Test
  void whatCannotBeRetrievedIsSaidWithTheReason() throws IOException {
    String script = write("talk.json", "[[{\"text\": \"Find it.\"}]]");

    Run run = Run.chat(FakeModel.builder(prompt -> "[IMG0]").withoutImageGenerator().imageSource(uri -> {
      throw new IOException(uri + " is far away");
    }), "", "--script", script, "--transcript", file("out.html").toString());

    assertThat(run.out()).contains("none could be retrieved or generated");
    assertThat(run.err()).contains("nothing was retrieved").contains("fake:9 is far away");
    assertThat(Files.readString(file("out.html"))).contains("Nothing was retrieved").contains("fake:9 is far away");
  }

  @Test
  void aPageNeedsNothingFromElsewhere() throws IOException {
    String script = write("talk.json", "[[{\"text\": \"Hello\"}]]");

    Run.chat(prompt -> " Hi. [IMG0]", "", "--script", script, "--transcript", file("out.html").toString());

    String html = Files.readString(file("out.html"));
    assertThat(html).startsWith("<!DOCTYPE html>")
        .contains("default-src 'none'; img-src data:; style-src 'unsafe-inline'")
        .contains("width=device-width", "prefers-color-scheme: dark")
        .doesNotContain("<script", "<link", "@import", "url(", "http:", "https:", " onclick");
    assertThat(html.replaceAll("src=\"data:image/png;base64,[^\"]*\"", "")).doesNotContain("src=", "href=");
  }

  @Test
  void whatStrangersSayIsEscaped() throws IOException {
    String json = EVIL.replace("\"", "\\\"").replace("\u001b", "\\u001b");
    String script = write("talk.json",
        "[[{\"text\": \"" + json + "\"}, {\"options\": {\"negativePrompt\": \"<b>&\"}}]]");

    Run run = Run.chat(prompt -> prompt.endsWith("A:") ? " <img src=x onerror=alert(1)>\u001b]0;owned\u0007" : "", "",
        "--script", script, "--transcript", file("out.html").toString(), "--max-tokens", "100");

    assertThat(run.exit()).isZero();
    String html = Files.readString(file("out.html"));
    assertThat(html)
        .contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;quoted&quot;")
        .contains("&lt;img src=x onerror=alert(1)&gt;")
        .contains("negativePrompt &lt;b&gt;&amp;")
        .doesNotContain("<script", "<img src=x", "<b>", "\u001b", "\u202e");
    assertThat(run.out()).doesNotContain("\u001b", "\u0007", "\u202e");
  }

  @Test
  void largePicturesOfTheUserAreReduced() throws IOException {
    picture("large.png", 3000, 1500);
    String script = write("talk.json", "[[{\"image\": \"large.png\"}]]");

    Run.chat(prompt -> " Large.", "", "--script", script, "--transcript", file("out.html").toString());

    BufferedImage shown = Images.read(pictures(Files.readString(file("out.html"))).get(0), "shown");
    assertThat(shown.getWidth()).isEqualTo(1024);
    assertThat(shown.getHeight()).isEqualTo(512);
  }

  @Test
  void aFailureInTheMiddleStillLeavesATranscript() throws IOException {
    String script = write("talk.json", "[[{\"text\": \"One\"}], [{\"text\": \"Two\"}], [{\"text\": \"Three\"}]]");

    Run run = Run.chat(prompt -> {
      if (prompt.contains("Two")) {
        throw new io.gill.GillException("the <model> is tired: let it rest");
      }
      return " Fine.";
    }, "", "--script", script, "--transcript", file("out.html").toString());

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).contains("error: the <model> is tired: let it rest").doesNotContain("\tat ");
    assertThat(Files.readString(file("out.html")))
        .containsSubsequence("One", "Fine.", "Two", "No reply: the &lt;model&gt; is tired", "</html>")
        .doesNotContain("Three");
  }

  @Test
  void aDialogueSavesNumberedPicturesThatSayWhatTheyAre() throws IOException {
    Files.createDirectories(file("pictures"));
    write("pictures/0001.png", "an older file");
    write("pictures/0002.png.new", ""); // left by a process that is about to write or was killed
    Path cat = picture("cat.png", 6, 4);
    String typed = "/image " + cat + "\nDraw this\n/save " + file("page.html") + "\n/quit\nnever said\n";

    Run run = Run.chat(prompt -> prompt.contains("<image>") ? " Here. [IMG0]" : " No picture.", typed,
        "--output", file("pictures").toString(), "--policy", "generate", "--steps", "2", "--seed", "5");

    assertThat(run.exit()).isZero();
    assertThat(run.err()).doesNotContain("error");
    assertThat(run.out()).contains("gill:  Here.", "[generated picture, score ", file("pictures/0003.png").toString())
        .doesNotContain("never said");
    assertThat(Files.readString(file("pictures/0001.png"))).isEqualTo("an older file");
    assertThat(Images.pngText(Files.readAllBytes(file("pictures/0003.png"))))
        .containsEntry("Software", "gill")
        .containsEntry("origin", "generated")
        .containsEntry("seed", "5")
        .containsEntry("steps", "2")
        .containsEntry("scheduler", "ddim");
    assertThat(Files.readString(file("page.html"))).containsSubsequence("<img", "Draw this", "Here.", "<img");
    try (Stream<Path> files = Files.list(file("pictures"))) {
      assertThat(files).extracting(path -> path.getFileName().toString())
          .containsExactlyInAnyOrder("0001.png", "0002.png.new", "0003.png");
    }
  }

  @Test
  void aDialogueRemembersUntilItIsReset() {
    List<String> prompts = new ArrayList<>();

    Run run = Run.chat(prompt -> {
      prompts.add(prompt);
      return " Yes.";
    }, "first\nsecond\n/reset\nthird\n");

    assertThat(run.exit()).isZero();
    assertThat(prompts).anyMatch(prompt -> prompt.contains("first") && prompt.contains("second"));
    assertThat(prompts).anyMatch(prompt -> prompt.contains("third") && !prompt.contains("first"));
  }

  @Test
  void aLongDialogueGoesOnWithoutItsOldestTurns() {
    Run run = Run.chat(prompt -> " Yes.", "a line of a dialogue that is too long for the model\n".repeat(100));

    assertThat(run.exit()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out().lines().filter(line -> line.endsWith("gill:  Yes."))).hasSize(100);
  }

  @Test
  void undoSeedAndPolicyChangeWhatFollows() throws IOException {
    List<String> prompts = new ArrayList<>();
    Path page = file("page.html");

    Run run = Run.chat(prompt -> {
      prompts.add(prompt);
      return prompt.contains("draw") ? " Here. [IMG0]" : " Yes.";
    }, "first\nsecond\n/undo\nthird\n/seed 42\n/policy retrieve\ndraw\n/seed x\n/policy paint\n/undo\n/undo\n/undo\n"
        + "/undo\ndraw\n", "--transcript", page.toString(), "--output", file("made").toString());

    assertThat(run.err().lines()).startsWith(
        "error: 'x' is not a whole number",
        "error: 'paint' is no image policy: use decide, retrieve, generate, both",
        "error: there is no turn to take back");
    assertThat(prompts).anyMatch(prompt -> prompt.contains("first") && prompt.contains("second"))
        .anyMatch(prompt -> prompt.contains("first") && prompt.contains("third") && !prompt.contains("second"));
    assertThat(prompts.get(prompts.size() - 1)).contains("draw").doesNotContain("first");
    assertThat(Files.readString(page)).contains("seed 42 · imagePolicy retrieve", "retrieved · ")
        .doesNotContain("first", "third");
  }

  @Test
  void aLineThatFailsDoesNotEndADialogue() {
    Run run = Run.chat(prompt -> " Yes.", "/image\n/image nowhere.png\n/dance\n/save /no/such/folder/x.html\nhello\n");

    assertThat(run.exit()).isZero();
    assertThat(run.err().lines()).satisfiesExactly(
        line -> assertThat(line).isEqualTo("error: a path is missing: /help lists the commands"),
        line -> assertThat(line).isEqualTo("error: nowhere.png: no such file"),
        line -> assertThat(line).isEqualTo("error: '/dance' is not a command: /help lists the commands"),
        line -> assertThat(line).startsWith("error: the transcript cannot be written to /no/such/folder/x.html"));
    assertThat(run.out()).contains("gill:  Yes.");
  }

  @Test
  void aTranscriptReplacesTheOneBeforeOrSaysWhyNot() throws IOException {
    Path page = file("page.html");
    Path taken = Files.createDirectories(file("taken.html").resolve("kept")).getParent();

    Run run = Run.chat(prompt -> " Yes.",
        "first\n/save " + page + "\nsecond\n/save " + page + "\n/save " + taken + "\n");

    assertThat(Files.readString(page)).containsOnlyOnce("</html>").containsSubsequence("first", "second", "</html>");
    assertThat(run.err()).startsWith("error: " + taken + " could not be written (").hasLineCount(1);
    assertThat(taken.resolve("kept")).isDirectory();
    try (Stream<Path> left = Files.list(file("."))) {
      assertThat(left).as("no draft").noneMatch(path -> path.toString().endsWith(AtomicFile.DRAFT));
    }
  }

  @Test
  void anEmptyLineSendsPicturesAlone() throws IOException {
    Path cat = picture("cat.png", 6, 4);

    Run run = Run.chat(prompt -> prompt.contains("<image>") ? " A picture." : " Nothing.", "\n/image " + cat + "\n\n");

    assertThat(run.out()).contains("you, with pictures (1):").contains("gill:  A picture.").doesNotContain("Nothing");
  }

  @Test
  void whatAModelCannotDoIsSaid() {
    Run run = Run.chat(FakeModel.builder(prompt -> " Hi.").withoutImageGenerator(), "hello\n");

    assertThat(run.err()).contains("note: images are not generated: there is no image generator");
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "--max-tokens=x", "--policy=paint", "--scheduler=fast", "--size=huge", "--device=tpu", "--precision=int3",
      "--nope"
  })
  void wrongUsageIsOneLineAndExitCode2(String argument) {
    Run run = Run.chat(prompt -> " Hi.", "hello\n", argument);

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err().lines()).singleElement().asString()
        .startsWith("error: ").contains(argument.replaceAll("=.*|--", "")).endsWith("(see gill chat --help)");
    assertThat(run.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--max-tokens=0", "--image-bias=-1", "--steps=1001", "--temperature=-1", "--top-p=0.5",
      "--script=nowhere.json", "--transcript=/no/such/folder/x.html"})
  void whatCannotBeDoneIsOneLineAndExitCode1(String argument) {
    Run run = Run.chat(prompt -> " Hi.", "hello\n", argument);

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err().lines()).singleElement().asString().startsWith("error: ");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void aStackTraceIsShownOnlyOnDemand() {
    Run run = Run.chat(prompt -> " Hi.", "hello\n", "--max-tokens=0", "--stacktrace");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).contains("\tat io.gill.");
  }

  @Test
  void aMissingCommandIsWrongUsage() {
    assertThat(Run.of(Main.commandLine(new Chat())).exit()).isEqualTo(2);
  }

  @Test
  void theBundledModelIsTheDefault() {
    BufferedReader in = new BufferedReader(new StringReader("draw a large red circle in the centre on white\n/quit\n"));
    Run run = Run.of(Main.commandLine(new Chat(ModelOptions::load, in, Optional::empty)),
        "chat", "--output", file("made").toString());

    assertThat(run.exit()).isZero();
    assertThat(run.out()).contains("large red circle in the centre on a white background").contains("picture");
  }

  @Test
  void theBundledModelDrawsInFewSteps() {
    BufferedReader in = new BufferedReader(new StringReader("draw a large red circle in the centre on white\n/quit\n"));
    Run run = Run.of(Main.commandLine(new Chat(ModelOptions::load, in, Optional::empty)),
        "chat", "--few-steps", "--policy", "generate",
        "--output", file("made").toString());

    assertThat(run.exit()).isZero();
    assertThat(run.out()).contains("generated picture");
    assertThat(run.err()).contains("step 4 of 4");
  }

  @Test
  void aTinyAutoencoderDecodes() {
    BufferedReader in = new BufferedReader(new StringReader("draw a large red circle in the centre on white\n/quit\n"));
    Run run = Run.of(Main.commandLine(new Chat(ModelOptions::load, in, Optional::empty)),
        "chat", "--few-steps", "--policy", "generate", "--output", file("made").toString(),
        "--generator-precision", "auto",
        "--tiny-autoencoder", Reference.path("../reference-2/taesd/taesd_decoder.pth").toString());

    assertThat(run.exit()).isZero();
    assertThat(run.out()).contains("generated picture");
  }

  @Test
  void aMissingTinyAutoencoderIsOneLine() {
    Run run = Run.of(Main.commandLine(new Chat()), "chat", "--tiny-autoencoder", file("none.pth").toString());

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err().lines()).singleElement().asString().contains("none.pth");
  }

  @Test
  void fewStepsNeedTheirAdapters() {
    Run run = Run.of(
        Main.commandLine(new Chat()), "chat", "--few-steps", "--model", Reference.path("model-a").toString());

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err().lines()).singleElement().asString().contains("pytorch_lora_weights.safetensors is missing");
  }

  @Test
  void aMissingModelDirectoryIsOneLine() {
    Run run = Run.of(Main.commandLine(new Chat()), "chat", "--model", file("none").toString());

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err().lines()).singleElement().asString().contains("none is not a directory");
  }

  @Test
  void theBundledScriptShowsTextAFoundAndAPaintedPicture() throws IOException {
    Path script = examples().resolve("hello.json");

    Run run = Run.of(Main.commandLine(new Chat()), "chat", "--model", Reference.path("model-a").toString(),
        "--script", script.toString(), "--transcript", file("out.html").toString());

    assertThat(run.err()).doesNotContain("error");
    assertThat(run.exit()).isZero();
    String html = Files.readString(file("out.html"));
    assertThat(html).containsSubsequence(
        "What is this?", "<h2>Model</h2>", "<p dir=\"auto\">", "Show me one", "<h2>Model</h2>", "retrieved · ",
        "Now draw", "<h2>Model</h2>", "generated · ", "decision generate ", "seed 7 · steps 20");
    assertThat(html.split("retrieved · ", -1)).hasSizeGreaterThan(2); // one alone, one beside the generated one
    assertThat(pictures(html)).hasSizeGreaterThanOrEqualTo(5)
        .allSatisfy(png -> assertThat(Images.read(png, "a picture").getWidth()).isPositive());
  }

  /** The folder src/main/examples, found from the module or from the root of the checkout. */
  private static Path examples() {
    return Stream.of("src/main/examples", "gill-examples/src/main/examples")
        .map(Path::of)
        .filter(Files::isDirectory)
        .findFirst()
        .orElseThrow(() -> new UncheckedIOException(new IOException("run this inside a checkout")));
  }
}
