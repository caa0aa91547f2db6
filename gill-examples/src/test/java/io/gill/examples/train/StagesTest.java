package io.gill.examples.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.Device;
import io.gill.Precision;
import io.gill.clip.ClipVisionModel;
import io.gill.diffusion.StableDiffusion;
import io.gill.examples.world.SceneRenderer;
import io.gill.opt.OptModel;
import io.gill.text.OptTokenizer;
import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few steps of every stage: what they learn is not the point here, that their snapshots load is. */
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
    OptTraining.run(model, few(OptTraining.PLAN), out);
    UNetTraining.run(model, few(UNetTraining.PLAN), out);
    assertThat(Tensor.live()).isEqualTo(before);

    List<BufferedImage> picture = VaeTraining.pictures("test", 0, 1);
    assertThat(picture.get(0).getWidth()).isEqualTo(SceneRenderer.SIDE);
    try (ClipVisionModel vision = ClipVisionModel.load(model.clip(), Device.CPU, Precision.FLOAT32)) {
      assertThat(vision.encode(picture)[0]).hasSize(128);
    }
    try (OptTokenizer tokenizer = OptTokenizer.load(model.opt(), WorldModel.IMAGE_TOKENS);
        OptModel language = OptModel.load(
            model.opt(), tokenizer.vocabularySize(), new float[0][], Device.CPU, Precision.FLOAT32)) {
      assertThat(language.embeddings(tokenizer.encode("a red circle", true))[0]).hasSize(192);
    }
    try (StableDiffusion generator = StableDiffusion.load(folder.resolve("model/sd"), Device.CPU, Precision.FLOAT32)) {
      assertThat(generator.encodePrompt("a red circle").length).isEqualTo(WorldModel.CLIP_LENGTH);
    }
    assertThat(Files.exists(folder.resolve("work/vae/sheet.png"))).isTrue();
  }
}
