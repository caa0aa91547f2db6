package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.ChatFormat;
import io.gill.Conversation.Content;
import io.gill.DiffusionOptions;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.RespondOptions.TextCut;
import io.gill.Session;
import io.gill.diffusion.StableDiffusion;
import io.gill.diffusion.StableDiffusionOptions;
import io.gill.lm.DecoderSnapshot;
import io.gill.stage.Conditioning;
import io.gill.testsupport.Folders;
import io.gill.testsupport.Reference;
import io.gill.torch.Tensor;
import io.gill.training.GenerationTargets;
import io.gill.training.GillTrainer;
import io.gill.training.StepMetrics;
import io.gill.training.TrainingData;
import io.gill.training.TrainingListener;
import io.gill.training.TrainingOptions;
import io.gill.training.ValidationMetrics;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A model whose frozen parts are all from other families than the published ones: Qwen 3 with its tokenizer and chat
 * template, SigLIP, and SDXL.
 */
class OtherFamiliesTest {
  private static final Path PICTURES = Reference.path("model-a", "train");
  private static final Path SDXL = Reference.path("..", "reference-2", "sdxl-tiny");

  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void assemble() throws IOException {
    model = folder.resolve("model");
    Path language = Reference.path("..", "reference-2", "lm-qwen3");
    assumeTrue(DecoderSnapshot.isKnown(language), "Qwen's family is not here");
    Folders.copy(language, model.resolve("lm"));
    Folders.copy(Reference.path("..", "reference-2", "vision-siglip"), model.resolve("vision"));
    Folders.copy(SDXL, model.resolve("sd"));
    Folders.copy(Reference.path("model-a", "model_args.json"), model.resolve("model_args.json"));
    setPooledWidth(20);
  }

  @Test
  void projectionsAreTrainedSavedAndLoadedAndTheModelConverses() throws IOException {
    long live = Tensor.live();
    train();
    assertThat(Tensor.live()).isEqualTo(live);
    Files.copy(folder.resolve("out/last/gill.safetensors"), model.resolve("gill.safetensors"));
    try (GillModel loaded = GillModel.load(model)) {
      List<Reply> replies = converse(loaded);
      for (Reply reply : replies) {
        assertThat(reply.text()).isNotBlank();
        Reply.ImagePart image = reply.images().get(0);
        assertThat(image.embedding().retrieval()).hasSize(16);
        Conditioning conditioning = image.embedding().conditioning();
        assertThat(conditioning.tokens()).hasDimensions(77, 56);
        assertThat(conditioning.pooled()).hasSize(20).isNotEqualTo(new float[20]);
        assertThat(picture(reply)).hasSize(32 * 32);
        assertThat(Arrays.stream(picture(reply)).distinct().count()).isGreaterThan(32);
      }
      List<Reply> again = converse(loaded);
      for (int i = 0; i < replies.size(); i++) {
        assertThat(again.get(i).tokens()).isEqualTo(replies.get(i).tokens());
        assertThat(again.get(i).images().get(0).embedding()).isEqualTo(replies.get(i).images().get(0).embedding());
        assertThat(picture(again.get(i))).isEqualTo(picture(replies.get(i)));
      }
      assertThat(picture(replies.get(1))).isNotEqualTo(picture(replies.get(0)));
    }
    assertThat(Tensor.live()).isEqualTo(live);

    setPooledWidth(16);
    assertThatThrownBy(() -> GillModel.load(model)).isInstanceOf(GillException.class)
        .hasMessageContaining("model.gen_text_hidden_fcs.0.pooled.weight is [20, 32] instead of [16, 32]");
    assertThat(Tensor.live()).isEqualTo(live);
  }

  private void train() throws IOException {
    TrainingData data = TrainingData.read(PICTURES.resolve("captions.tsv"), PICTURES);
    List<StepMetrics> steps = new ArrayList<>();
    List<ValidationMetrics> validations = new ArrayList<>();
    try (StableDiffusion generator = StableDiffusion.load(SDXL, StableDiffusionOptions.defaults())) {
      GillTrainer.builder(model).data(data).validation(data)
          .targets(example -> GenerationTargets.rows(generator.encodePrompt(example.text())))
          .options(TrainingOptions.builder().epochs(1).stepsPerEpoch(12).batchSize(4).maxLength(64).mapperWidth(32)
              .learningRate(1e-2).warmupSteps(2).joinProbability(0).validationWords(1).validationBatchSize(12).seed(3)
              .build())
          .output(folder.resolve("out"))
          .train(new TrainingListener() {
            @Override
            public boolean onStep(StepMetrics metrics) {
              steps.add(metrics);
              return true;
            }

            @Override
            public void onValidation(ValidationMetrics metrics) {
              validations.add(metrics);
            }
          });
    }
    assertThat(steps.get(11).captioningLoss()).isLessThan(0.9 * steps.get(0).captioningLoss());
    assertThat(validations.get(1).conditioningLoss()).isLessThan(0.8 * validations.get(0).conditioningLoss());
  }

  private static List<Reply> converse(GillModel model) {
    ChatFormat format = ChatFormat.of(model.stages().tokenizer()).withArgument("enable_thinking", false);
    RespondOptions options = RespondOptions.builder().promptFormat(format).textCut(TextCut.NONE).imageBias(1000)
        .minWordTokens(2).maxTokens(12).diffusion(DiffusionOptions.builder().steps(2).build()).build();
    try (Session session = model.session()) {
      return List.of(
          session.respond(
              List.of(Content.image(PICTURES.resolve("t01.png")), Content.of("What do you see?")), options),
          session.respond("Draw a red car.", options));
    }
  }

  private static int[] picture(Reply reply) {
    BufferedImage image = reply.images().get(0).generated().get(0).image();
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }

  private void setPooledWidth(int width) throws IOException {
    Path file = model.resolve("model_args.json");
    ObjectNode args = (ObjectNode) new ObjectMapper().readTree(file.toFile());
    Files.writeString(file, args.put("gen_emb_dim", 56).put("gen_pooled_dim", width).toString());
  }
}
