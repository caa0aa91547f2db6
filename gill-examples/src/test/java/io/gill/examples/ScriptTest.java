package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Conversation.Image;
import io.gill.Conversation.Text;
import io.gill.DiffusionOptions;
import io.gill.GillException;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.Sampling;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScriptTest {
  @TempDir Path folder;

  @BeforeEach
  void drawPicture() throws IOException {
    Files.createDirectories(folder.resolve("pictures"));
    Files.write(folder.resolve("pictures/a.png"),
        Images.toPng(new BufferedImage(5, 4, BufferedImage.TYPE_3BYTE_BGR), Map.of()));
  }

  private Script read(String json) throws IOException {
    return Script.read(Files.writeString(folder.resolve("talk.json"), json));
  }

  @Test
  void turnsHoldTextsPicturesAndOptionsInOrder() throws IOException {
    Script script = read("""
        [
          [{"text": "Look:"}, {"image": "pictures/a.png"}, {"text": "well?"}],
          [{"options": {"maxTokens": 5, "imagePolicy": "both", "imageBias": 1.5, "seed": 99, "steps": 4,
                        "guidance": 3, "size": "64x32", "temperature": 0.5, "topP": 0.9, "scheduler": "dpm-solver",
                        "negativePrompt": "--blurry=yes", "minWordTokens": 2, "topK": 2, "maxImages": 3}},
           {"text": "Go on."}]
        ]""");

    assertThat(script.turns()).hasSize(2);
    assertThat(script.turns().get(0).contents()).hasSize(3);
    assertThat(script.turns().get(0).contents().get(0)).isEqualTo(new Text("Look:"));
    assertThat(script.turns().get(0).contents().get(1))
        .isInstanceOfSatisfying(Image.class, image -> assertThat(image.image().getWidth()).isEqualTo(5));
    RespondOptions options = script.turns().get(1).options(RespondOptions.defaults());
    assertThat(options.maxTokens()).isEqualTo(5);
    assertThat(options.imagePolicy()).isEqualTo(ImagePolicy.BOTH);
    assertThat(options.imageBias()).isEqualTo(1.5);
    assertThat(options.seed()).isEqualTo(99);
    assertThat(options.minWordTokens()).isEqualTo(2);
    assertThat(options.topK()).isEqualTo(2);
    assertThat(options.maxImages()).isEqualTo(3);
    assertThat(options.sampler()).isEqualTo(new Sampling(0.5, 0.9));
    assertThat(options.diffusion()).isEqualTo(DiffusionOptions.builder().steps(4).guidanceScale(3).size(64, 32)
        .scheduler(DiffusionOptions.SchedulerType.DPM_SOLVER).negativePrompt("--blurry=yes").build());
  }

  @Test
  void whatATurnDoesNotSayComesFromTheCommandLine() throws IOException {
    RespondOptions base = RespondOptions.builder().maxTokens(7).seed(3).build();

    RespondOptions options = read("[[{\"text\": \"a\"}, {\"options\": {\"seed\": 4}}]]").turns().get(0).options(base);

    assertThat(options.maxTokens()).isEqualTo(7);
    assertThat(options.seed()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{} | line 1: a script is a list of turns",
      "[] | line 1: the script has no turns",
      "[{}] | line 1: a turn is a list",
      "[[]] | line 1: the turn has no text and no image",
      "[[1]] | line 1: a turn's parts are",
      "[[{}]] | line 1: a part is empty",
      "[[{\"text\": 1}]] | line 1: \"text\" must be a string",
      "[[{\"txt\": \"a\"}]] | line 1: unknown key \"txt\": use text, image or options",
      "[[{\"text\": \"a\", \"image\": \"b\"}]] | line 1: a part has one key only, but \"image\" follows \"text\"",
      "[[{\"image\": \"none.png\"}]] | none.png: no such file",
      "[[{\"text\": \"a\"}]] [] | line 1: unexpected content after the list of turns",
      "[[{\"text\": \"a\"} | line 1: Unexpected end-of-input",
      "[[{\"text\": \"a\"}, {\"options\": []}]] | line 1: \"options\" must be an object",
      "[[{\"text\": \"a\"}, {\"options\": {}}, {\"options\": {}}]] | line 1: options are given twice in one turn",
      "[[{\"text\": \"a\"}, {\"options\": {\"seed\": 1, \"seed\": 2}}]] | line 1: Duplicate field 'seed'",
      "[[{\"text\": \"a\"}, {\"options\": {\"seed\": \"x\"}}]] | line 1: seed: 'x' is not a long",
      "[[{\"text\": \"a\"}, {\"options\": {\"seed\": 1.5}}]] | line 1: seed: '1.5' is not a long",
      "[[{\"text\": \"a\"}, {\"options\": {\"seed\": true}}]] | line 1: seed must be a number or a string",
      "[[{\"text\": \"a\"}, {\"options\": {\"seed\": [1]}}]] | line 1: seed must be a number or a string",
      "[[{\"text\": \"a\"}, {\"options\": {\"steps\": 0}}]] | line 1: steps is 0: use 1 to 1000",
      "[[{\"text\": \"a\"}, {\"options\": {\"size\": \"big\"}}]] | line 1: size: 'big' is not a size",
      "[[{\"text\": \"a\"}, {\"options\": {\"imagePolicy\": \"x\"}}]] | line 1: imagePolicy: 'x' is not one of decide",
      "[[{\"text\": \"a\"}, {\"options\": {\"max-tokens\": 1}}]] | line 1: unknown option \"max-tokens\"",
      "[[{\"text\": \"a\"}, {\"options\": {\"help\": 1}}]] | line 1: unknown option \"help\""
  })
  void badScriptsAreRefusedWithTheLine(String json, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(GillException.class)
        .hasMessageStartingWith(folder.resolve("talk.json").toString())
        .hasMessageContaining(message)
        .message().doesNotContain("\n");
  }

  @Test
  void unknownOptionsAreNamedWithTheirLine() {
    assertThatThrownBy(() -> read("[\n[{\"text\": \"a\"},\n {\"options\": {\"seed\": 1,\n\"speed\": 2}}]]"))
        .hasMessageContaining("line 4: unknown option \"speed\": use one of maxTokens, ");
  }

  @Test
  void optionsThatDisagreeWithTheCommandLineNameTheTurn() throws IOException {
    Script script = read("[\n[{\"text\": \"a\"}, {\"options\": {\"topP\": 0.5}}]]");

    assertThatThrownBy(() -> script.turns().get(0).options(RespondOptions.defaults()))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("line 2: topP is 0.5 with temperature 0");
  }

  @Test
  void everyDescribedOptionCanBeWrittenInAScript() throws IOException {
    StringBuilder json = new StringBuilder();
    ReplySettings.describe(RespondOptions.defaults()).forEach((name, value) ->
        json.append(json.isEmpty() ? "" : ", ").append('"').append(name).append("\": \"").append(value).append('"'));

    RespondOptions options = read("[[{\"text\": \"a\"}, {\"options\": {" + json + "}}]]")
        .turns().get(0).options(RespondOptions.builder().maxTokens(77).build());

    assertThat(ReplySettings.describe(options)).isEqualTo(ReplySettings.describe(RespondOptions.defaults()));
  }
}
