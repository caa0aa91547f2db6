package io.gill.examples.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.Conversation;
import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.Precision;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.clip.ClipVisionModel;
import io.gill.diffusion.StableDiffusion;
import io.gill.examples.FewStepGenerator;
import io.gill.examples.world.SceneRenderer;
import io.gill.lm.DecoderSnapshot;
import io.gill.stage.LanguageModel;
import io.gill.text.OptTokenizer;
import io.gill.torch.NoiseGenerator;
import io.gill.torch.Tensor;
import io.gill.weights.TensorData;
import io.gill.weights.TensorWriter;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few steps of every stage: tests that the snapshots load, not what they learn. */
final class StagesTest {
  @TempDir private Path folder;

  private static TrainingRun.Plan few(TrainingRun.Plan plan) {
    return new TrainingRun.Plan(plan.name(), 2, 4, plan.rate(), plan.weightDecay(), plan.average());
  }

  @Test
  void writeSnapshotsThatTheLibraryLoads() throws IOException {
    WorldModel model = new WorldModel(folder.resolve("model"), folder.resolve("work"));
    PrintWriter out = new PrintWriter(new StringWriter());
    long before = Tensor.live();
    model.prepare();
    VaeTraining.run(model, few(VaeTraining.PLAN), out);
    ClipTraining.run(model, few(ClipTraining.PLAN), out);
    OptTraining.run(model, Optional.empty(), few(OptTraining.TURNS), few(OptTraining.DIALOGUES), out);
    UNetTraining.run(model, few(UNetTraining.PLAN), out);
    GillTraining.run(model, Optional.empty(), few(GillTraining.PLAN), few(AnswerTraining.PLAN),
        few(RequestTraining.PLAN), out);
    fewSteps(model, out);
    Collection.write(model);
    assertThat(Tensor.live()).isEqualTo(before);

    List<BufferedImage> pictures = VaeTraining.pictures("test", 0, 1);
    assertThat(pictures.get(0).getWidth()).isEqualTo(SceneRenderer.SIDE);
    try (ClipVisionModel vision = ClipVisionModel.load(model.clip(), Device.CPU, Precision.FLOAT32)) {
      assertThat(vision.encode(pictures)[0]).hasSize(128);
    }
    try (OptTokenizer tokenizer = OptTokenizer.load(model.opt(), WorldModel.IMAGE_TOKENS);
        LanguageModel language = DecoderSnapshot.of(model.opt()).load(
            tokenizer.vocabularySize(), new float[0][], Device.CPU, Precision.FLOAT32)) {
      assertThat(language.embeddings(tokenizer.encode("a red circle", true))[0]).hasSize(192);
    }
    try (StableDiffusion generator = StableDiffusion.load(folder.resolve("model/sd"), Device.CPU, Precision.FLOAT32)) {
      assertThat(generator.encodePrompt("a red circle").tokens().length).isEqualTo(WorldModel.CLIP_LENGTH);
    }
    try (StableDiffusion generator = FewStepGenerator.load(model.dir(), Device.CPU, Precision.FLOAT32)) {
      assertThat(generator.conditioningSize()).isEqualTo(128);
    }
    for (String picture : List.of("vae/sheet.png", "vae/loss.png", "unet/sheet.png", "unet/loss.png", "turns/loss.png",
        "dialogues/loss.png", "gill/metrics.png", "answers/loss.png", "requests/loss.png",
        "few-steps/loss.png")) {
      assertThat(folder.resolve("work").resolve(picture)).isNotEmptyFile();
    }

    long size = Bundle.write(model.dir(), folder.resolve("bundle"));
    assertThat(size).isLessThan(25_000_000); // a repository should hold no more
    answersAlike(model.dir(), folder.resolve("bundle"));
    assertThat(Tensor.live()).isEqualTo(before);
  }

  /** The barely trained model requests no pictures, so others' requests take their place. */
  private static void fewSteps(WorldModel model, PrintWriter out) throws IOException {
    TensorData request = TensorData.half(
        new NoiseGenerator(1).normal(WorldModel.CLIP_LENGTH * 128), WorldModel.CLIP_LENGTH, 128);
    TensorWriter.safetensors(
        model.work().resolve("few-steps/requests.safetensors"), Map.of("0.0", request, "3.0", request), Map.of());
    FewStepTraining.run(model, few(FewStepTraining.PLAN), 2, out);
  }

  /** Checks that a 16-bit copy gives the same words and pictures that look the same. */
  private static void answersAlike(Path full, Path half) {
    RespondOptions options = RespondOptions.builder()
        .minWordTokens(2).maxTokens(4).imageBias(1000).imagePolicy(ImagePolicy.BOTH).topK(1)
        .diffusion(DiffusionOptions.builder().steps(2).build()).build();
    Reply expected = reply(full, options);
    Reply found = reply(half, options);
    assertThat(expected.images()).isNotEmpty();
    assertThat(expected.images().get(0).retrieved()).hasSize(1);
    assertThat(found.tokens()).isEqualTo(expected.tokens());
    BufferedImage one = expected.images().get(0).generated().get(0).image();
    BufferedImage other = found.images().get(0).generated().get(0).image();
    for (int i = 0; i < SceneRenderer.SIDE; i++) {
      for (int shift = 0; shift < 24; shift += 8) {
        int difference = (one.getRGB(i, i) >> shift & 0xFF) - (other.getRGB(i, i) >> shift & 0xFF);
        assertThat(Math.abs(difference)).isLessThan(24);
      }
    }
  }

  private static Reply reply(Path dir, RespondOptions options) {
    try (GillModel model = GillModel.load(dir)) {
      return model.respond(Conversation.of("draw a small red circle"), options);
    }
  }
}
