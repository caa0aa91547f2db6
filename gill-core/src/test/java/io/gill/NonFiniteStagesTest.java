package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.clip.ClipVisionModel;
import io.gill.lm.DecoderModel;
import io.gill.lm.DecoderSnapshot;
import io.gill.projection.DecisionClassifier;
import io.gill.projection.ModelArgs;
import io.gill.projection.Projections;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput.Tokens;
import io.gill.testsupport.Folders;
import io.gill.testsupport.Reference;
import io.gill.torch.Tensor;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real stages whose weights are damaged, or too large for the precision. */
class NonFiniteStagesTest {
  private static final int VOCABULARY = 50272;
  private static final float HUGE = 3e38f;

  @TempDir Path folder;

  /** Copies a part of a model with one tensor changed. */
  private Path changed(String part, String file, String key, UnaryOperator<float[]> change) throws IOException {
    Path copy = folder.resolve(part);
    Folders.copy(Reference.path("model-a", part), copy);
    Path weights = Files.isDirectory(copy) ? copy.resolve(file) : copy;
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    try (TensorFile original = TensorFile.open(weights)) {
      for (String name : original.names()) {
        float[] values = original.get(name).toFloatArray();
        tensors.put(name, TensorData.of(name.equals(key) ? change.apply(values) : values, original.get(name).shape()));
      }
    }
    assertThat(tensors).containsKey(key);
    Path written = weights.resolveSibling("gill.safetensors");
    TensorWriter.safetensors(written, tensors, Map.of());
    if (Files.isDirectory(copy)) {
      Files.move(written, weights, StandardCopyOption.REPLACE_EXISTING);
      return copy;
    }
    return written;
  }

  private static UnaryOperator<float[]> all(float value) {
    return values -> {
      Arrays.fill(values, value);
      return values;
    };
  }

  private static void assertRefused(ThrowingCallable call, String... parts) {
    assertThatThrownBy(call).isInstanceOf(GillException.class).hasMessageContainingAll(parts)
        .message().hasLineCount(1);
  }

  private Path language(String key, UnaryOperator<float[]> change) throws IOException {
    return changed("opt", "model.safetensors", "model.decoder." + key, change);
  }

  private static DecoderModel load(Path opt, Precision precision) {
    return DecoderSnapshot.of(opt).load(VOCABULARY, new float[0][], Device.CPU, precision);
  }

  /** The embedding table is too large to be checked while loading. */
  @Test
  void logitsOfADamagedLanguageModelAreRefusedAndNothingIsRemembered() throws IOException {
    Path opt = language("embed_tokens.weight", values -> {
      values[values.length - 1] = Float.NaN;
      return values;
    });
    try (DecoderModel model = load(opt, Precision.FLOAT32); LanguageContext context = model.open()) {
      assertRefused(() -> context.append(List.of(new Tokens(new int[] {2, 90}))),
          "language model: NaN at index " + (VOCABULARY - 1) + " of the logits", "damaged");
      assertThat(context.length()).isZero();
      assertRefused(() -> context.score(new int[] {2, 90}), "language model: NaN", "log-probabilities");
      assertThat(context.length()).isZero();
      assertRefused(() -> model.embeddings(new int[] {VOCABULARY - 1}), "language model: NaN", "token embeddings");
    }
  }

  @Test
  void hiddenStatesThatOverflowAreRefusedWithAnotherPrecision() throws IOException {
    Path opt = language("final_layer_norm.weight", all(6e4f));
    try (DecoderModel model = load(opt, Precision.FLOAT16); LanguageContext context = model.open()) {
      assertRefused(() -> context.append(List.of(new Tokens(new int[] {2, 90}))),
          "language model: ", "Infinity at row 0", "of the hidden states", "load with Precision.BFLOAT16 or FLOAT32");
    }
    try (DecoderModel model = load(opt, Precision.BFLOAT16); LanguageContext context = model.open()) {
      assertThat(context.append(List.of(new Tokens(new int[] {2, 90}))).logits()).hasSize(VOCABULARY);
    }
  }

  @Test
  void picturesThatCannotBeEncodedAreRefused() throws IOException {
    Path clip = changed("clip", "model.safetensors", "vision_model.post_layernorm.weight", all(HUGE));
    try (ClipVisionModel model = ClipVisionModel.load(clip, Device.CPU, Precision.FLOAT32)) {
      BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
      assertRefused(() -> model.encode(List.of(picture)), "vision encoder: ", "of the pooled output", "damaged");
    }
  }

  @Test
  void everyProjectionIsRefusedByName() throws IOException {
    ModelArgs args = ModelArgs.read(Reference.path("model-a", "model_args.json"));
    for (List<String> one : List.of(
        List.of("model.visual_embeddings.weight", "visual projection"),
        List.of("model.visual_fc.weight", "image embedder"),
        List.of("model.ret_text_hidden_fcs.0.model.weight", "query embedder"),
        List.of("model.gen_text_hidden_fcs.0.model.weight", "generation mapper"))) {
      Files.deleteIfExists(folder.resolve("pretrained_ckpt.pth.tar"));
      Path file = changed("pretrained_ckpt.pth.tar", "", one.get(0), all(HUGE));
      try (Projections parts = Projections.load(file, args, Device.CPU, Precision.FLOAT32)) {
        float[] pooled = ones((int) parts.visionWidth());
        float[][] rows = new float[args.numTokens()][];
        Arrays.fill(rows, ones((int) parts.languageWidth()));
        Map<String, ThrowingCallable> stages = Map.of(
            "visual projection", () -> parts.visualProjection().project(pooled),
            "image embedder", () -> parts.imageEmbedder().embed(pooled),
            "query embedder", () -> parts.queryEmbedder().embed(rows[0]),
            "generation mapper", () -> parts.generationMapper().map(rows, rows));
        assertRefused(stages.get(one.get(1)), one.get(1) + ": ", "damaged");
      }
    }
  }

  private static float[] ones(int length) {
    float[] ones = new float[length];
    Arrays.fill(ones, 1);
    return ones;
  }

  @Test
  void decisionsWithoutProbabilitiesAreRefused() throws IOException {
    Path file = changed("decision_model.pth.tar", "", "1.weight", all(HUGE));
    try (DecisionClassifier decision = DecisionClassifier.load(file, 24, Device.CPU, Precision.FLOAT32)) {
      assertRefused(() -> decision.decide(ones(24)), "decision model: Infinity at index 0 of the logits");
    }
  }

  // ---- while loading

  @Test
  void smallTensorsAreLookedThroughWhileLoading() throws IOException {
    Path opt = language("layers.1.fc1.bias", values -> {
      values[3] = Float.NEGATIVE_INFINITY;
      return values;
    });
    long before = Tensor.live();
    assertRefused(() -> load(opt, Precision.FLOAT32), opt.resolve("model.safetensors").toString(),
        "model.decoder.layers.1.fc1.bias holds NaN or infinity");
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void tensorsTooLargeForThePrecisionAreNamedWithAnother() throws IOException {
    Path opt = language("layers.0.fc2.weight", all(7e4f));
    assertRefused(() -> load(opt, Precision.FLOAT16),
        "layers.0.fc2.weight overflows in FLOAT16 (load with Precision.BFLOAT16 or FLOAT32)");
    load(opt, Precision.BFLOAT16).close();
  }

  @Test
  void damagedTrainedPartsAreNamedByFileAndKey() throws IOException {
    ModelArgs args = ModelArgs.read(Reference.path("model-a", "model_args.json"));
    String table = "model.input_embeddings.weight";
    Path file = changed("pretrained_ckpt.pth.tar", "", table, values -> {
      values[values.length - 1] = Float.NaN; // of the last [IMG] token
      return values;
    });
    assertRefused(() -> Projections.load(file, args, Device.CPU, Precision.FLOAT32), file.toString(),
        table + " holds NaN or infinity");
  }
}
