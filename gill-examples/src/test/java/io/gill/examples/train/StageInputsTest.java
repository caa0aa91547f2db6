package io.gill.examples.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.examples.train.TrainWorld.Stage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StageInputsTest {
  private static final List<Stage> STAGES = List.of(Stage.VAE, Stage.OPT, Stage.UNET, Stage.GILL, Stage.FEW_STEPS);

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private WorldModel model;

  @BeforeEach
  void aTrainedModel() throws IOException {
    model = new WorldModel(folder.resolve("model"), folder.resolve("work"));
    for (String name : List.of("sd/vae", "sd/unet", "sd/scheduler", "opt")) {
      Files.createDirectories(model.dir().resolve(name));
    }
    model.vae(1);
    Files.writeString(model.dir().resolve("opt/config.json"), "{}");
    Files.writeString(model.dir().resolve("opt/vocab.json"), "{\"red\": 1}");
    Files.writeString(model.dir().resolve("sd/unet/config.json"), "{}");
    Files.writeString(model.dir().resolve("sd/scheduler/scheduler_config.json"), "{}");
    check();
    for (String stage : List.of("vae", "turns", "dialogues", "unet", "gill", "answers", "few-steps")) {
      Path checkpoint = model.work().resolve(stage).resolve("state.safetensors");
      Files.createDirectories(checkpoint.getParent());
      Files.writeString(checkpoint, stage);
    }
  }

  private List<String> check() throws IOException {
    StageInputs inputs = new StageInputs(model, Optional.empty(), new PrintWriter(out));
    for (Stage stage : STAGES) {
      inputs.check(stage);
    }
    try (var folders = Files.list(model.work())) {
      return folders.map(path -> path.getFileName().toString()).filter(name -> name.endsWith(".previous")).sorted()
          .toList();
    }
  }

  @Test
  void keepsStagesWhoseInputsAreTheSame() throws IOException {
    model.vae(0.5); // what training measured
    assertThat(check()).isEmpty();
    assertThat(model.work().resolve("dialogues/state.safetensors")).hasContent("dialogues");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void otherWordsRepeatTheLanguageModelOnly() throws IOException {
    Files.writeString(model.dir().resolve("opt/vocab.json"), "{\"rouge\": 1}");
    assertThat(check()).containsExactly("dialogues.previous", "turns.previous");
    assertThat(model.work().resolve("dialogues/state.safetensors")).doesNotExist();
    assertThat(model.work().resolve("dialogues.previous/state.safetensors")).hasContent("dialogues");
    assertThat(out.toString()).contains("dialogues: what it learns from changed");
    assertThat(check()).hasSize(2);
  }

  @Test
  void otherWeightsRepeatTheStagesAfterThem() throws IOException {
    Files.writeString(model.dir().resolve("opt/model.safetensors"), "other");
    assertThat(check()).containsExactly("answers.previous", "few-steps.previous", "gill.previous");
    Files.writeString(model.dir().resolve("sd/unet/diffusion_pytorch_model.safetensors"), "other");
    Files.createDirectories(model.work().resolve("few-steps"));
    assertThat(check()).hasSize(3);
    assertThat(model.work().resolve("few-steps.previous/state.safetensors")).doesNotExist();
  }

  @Test
  void anotherStartRepeatsWhatGoesOnFromIt() throws IOException {
    Path start = Files.createDirectories(folder.resolve("start/opt")).getParent();
    Files.writeString(start.resolve("opt/model.safetensors"), "trained");
    Files.writeString(start.resolve("gill.safetensors"), "trained");
    for (int i = 0; i < 2; i++) {
      for (Stage stage : List.of(Stage.VAE, Stage.OPT, Stage.GILL)) {
        new StageInputs(model, Optional.of(start), new PrintWriter(out)).check(stage);
      }
    }
    assertThat(out.toString().lines()).hasSize(4).allMatch(line -> line.contains("starts anew"));
    Files.createDirectories(model.work().resolve("gill"));
    Files.writeString(start.resolve("gill.safetensors"), "trained longer");
    new StageInputs(model, Optional.of(start), new PrintWriter(out)).check(Stage.GILL);
    assertThat(out.toString().lines()).hasSize(5);
  }

  @Test
  void unfinishedRunsOfUnknownDataStartAnew() throws IOException {
    Files.delete(model.work().resolve("inputs/vae.sha256"));
    assertThat(check()).containsExactly("vae.previous");
  }
}
