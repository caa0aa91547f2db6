package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.Conversation;
import io.gill.DiffusionOptions;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.stage.Conditioning;
import io.gill.testsupport.Folders;
import io.gill.testsupport.Reference;
import io.gill.training.GenerationTargets;
import io.gill.training.GillTrainer;
import io.gill.training.TrainingData;
import io.gill.training.TrainingListener;
import io.gill.training.TrainingOptions;
import io.gill.training.ValidationMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** GILL's mapper is trained towards SDXL's prompts, saved, loaded, and makes images. */
class SdxlTrainingTest {
  private static final Path SOURCE = Reference.path("model-a");
  private static final Path SDXL = Reference.path("../reference-2/sdxl-tiny");

  @TempDir Path folder;

  @Test
  void aMapperWithAPooledVectorIsTrainedSavedLoadedAndGenerates() throws IOException {
    Path model = folder.resolve("model");
    for (String part : List.of("model_args.json", "opt", "clip")) {
      Folders.copy(SOURCE.resolve(part), model.resolve(part));
    }
    setArgs(model, 20);
    TrainingData data =
        TrainingData.read(SOURCE.resolve("train/captions.tsv"), SOURCE.resolve("train"));
    List<ValidationMetrics> validations = new ArrayList<>();
    try (StableDiffusion generator = StableDiffusion.load(SDXL, StableDiffusionOptions.DEFAULT)) {
      GillTrainer.builder(model).data(data).validation(data)
          .targets(example -> GenerationTargets.rows(generator.encodePrompt(example.text())))
          .options(TrainingOptions.builder().epochs(1).stepsPerEpoch(12).batchSize(4).maxLength(24).mapperWidth(32)
              .learningRate(1e-2).warmupSteps(2).validationWords(1).validationBatchSize(12).seed(3).build())
          .output(folder.resolve("out"))
          .train(new TrainingListener() {
            @Override
            public void onValidation(ValidationMetrics metrics) {
              validations.add(metrics);
            }
          });
    }
    assertThat(validations.get(1).conditioningLoss()).isLessThan(0.8 * validations.get(0).conditioningLoss());

    Path trained = folder.resolve("out/last");
    Folders.copy(SOURCE.resolve("opt"), trained.resolve("opt"));
    Folders.copy(SOURCE.resolve("clip"), trained.resolve("clip"));
    Folders.copy(SDXL, trained.resolve("sd"));
    try (GillModel loaded = GillModel.load(trained)) {
      Reply reply = loaded.respond(Conversation.of("a dog"), RespondOptions.builder().imageBias(1000).minWordTokens(1)
          .diffusion(DiffusionOptions.builder().steps(2).build()).build());
      Reply.ImagePart image = reply.images().get(0);
      assertThat(image.generated()).isNotEmpty();
      assertThat(image.generated().get(0).image().getWidth()).isEqualTo(32);
      Conditioning conditioning = image.embedding().conditioning();
      assertThat(conditioning.tokens()).hasDimensions(77, 56);
      assertThat(conditioning.pooled()).hasSize(20).isNotEqualTo(new float[20]);
    }

    setArgs(trained, 16);
    assertThatThrownBy(() -> GillModel.load(trained)).isInstanceOf(GillException.class)
        .hasMessageContaining("model.gen_text_hidden_fcs.0.pooled.weight is [20, 32] instead of [16, 32]");
  }

  private static void setArgs(Path model, int pooled) throws IOException {
    Path file = model.resolve("model_args.json");
    ObjectNode args = (ObjectNode) new ObjectMapper().readTree(file.toFile());
    Files.writeString(file, args.put("gen_emb_dim", 56).put("gen_pooled_dim", pooled).toString());
  }
}
