package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.DiffusionOptions.SchedulerType;
import io.gill.RespondOptions.TextCut;
import io.gill.testing.FakeModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelDefaultsTest {
  @TempDir Path folder;

  private RespondOptions read(String json) throws IOException {
    Files.writeString(folder.resolve(ModelDefaults.FILE), json);
    return ModelDefaults.read(folder);
  }

  @Test
  void everyKeySetsItsOption() throws IOException {
    RespondOptions options = read("""
        {"max_tokens": 64, "max_images": 3, "history_turns": 9, "prompt_format": "plain", "text_cut": "line",
         "num_inference_steps": 20, "guidance_scale": 3, "scheduler": "dpm_solver"}""");

    assertThat(options.maxTokens()).isEqualTo(64);
    assertThat(options.maxImages()).isEqualTo(3);
    assertThat(options.history()).isEqualTo(History.lastTurns(9));
    assertThat(options.promptFormat()).isSameAs(PromptFormat.plain());
    assertThat(options.textCut()).isEqualTo(TextCut.LINE);
    assertThat(options.diffusion().steps()).isEqualTo(20);
    assertThat(options.diffusion().guidanceScale()).isEqualTo(3);
    assertThat(options.diffusion().scheduler()).isEqualTo(SchedulerType.DPM_SOLVER);
  }

  @Test
  void whatIsNotSetKeepsTheLibrarysDefault() throws IOException {
    RespondOptions options = read("{\"guidance_scale\": 3}");

    assertThat(options.diffusion().guidanceScale()).isEqualTo(3);
    assertThat(options.diffusion().steps()).isEqualTo(DiffusionOptions.defaults().steps());
    assertThat(options.maxTokens()).isEqualTo(RespondOptions.defaults().maxTokens());
    assertThat(options.history()).isEqualTo(History.all());
    assertThat(ModelDefaults.read(folder.resolve("nowhere")).maxTokens())
        .isEqualTo(RespondOptions.defaults().maxTokens());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "{\"guidance\": 3}                     | unknown key guidance: use max_tokens",
      "{\"max_tokens\": 0}                   | max_tokens is 0",
      "{\"max_images\": 0}                   | max_images is 0",
      "{\"history_turns\": \"many\"}         | history_turns is \"many\"",
      "{\"prompt_format\": \"chat\"}         | prompt_format is \"chat\", but it must be one of plain, published_",
      "{\"text_cut\": 1}                     | text_cut is 1, but it must be a string",
      "{\"scheduler\": \"DDIM\"}             | scheduler is \"DDIM\", but it must be one of ddim",
      "{\"guidance_scale\": \"3\"}           | guidance_scale is \"3\"",
      "{\"guidance_scale\": -1}              | guidance",
      "{\"num_inference_steps\": 2000000000} | steps",
      "[]                                    | gill_defaults.json"})
  void aValueThatCannotBeUsedIsNamedWithItsFile(String json, String message) {
    assertThatThrownBy(() -> read(json)).isInstanceOf(GillException.class)
        .hasMessageContaining(ModelDefaults.FILE).hasMessageContaining(message);
  }

  @Test
  void repliesWithoutOptionsUseTheModelsDefaults() {
    RespondOptions few = RespondOptions.builder().maxTokens(1).build();
    try (GillModel model = FakeModel.builder(prompt -> " one two three").defaults(few).build();
        Session session = model.session()) {
      assertThat(model.defaults()).isSameAs(few);
      assertThat(session.defaults()).isSameAs(few);
      assertThat(model.respond("Count").tokens()).hasSize(1);
      assertThat(session.respond("Count").tokens()).hasSize(1);
      assertThat(session.respond(Conversation.Content.of("Count")).tokens()).hasSize(1);
      assertThat(model.respond(Conversation.of("Count"), RespondOptions.defaults()).tokens().size()).isGreaterThan(1);
    }
  }

  @Test
  void aModelDirectoryWithAnInvalidFileIsRefusedWithAllItsProblems() throws IOException {
    Files.writeString(folder.resolve(ModelDefaults.FILE), "{\"steps\": 3}");

    assertThatThrownBy(() -> GillModel.load(folder)).isInstanceOf(GillException.class)
        .hasMessageContainingAll(List.of("model_args.json is missing", "unknown key steps").toArray(String[]::new));
  }
}
