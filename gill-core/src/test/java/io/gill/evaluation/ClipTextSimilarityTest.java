package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.clip.ClipTextModel;
import io.gill.image.Images;
import io.gill.testsupport.Parity;
import io.gill.testsupport.Reference;
import io.gill.text.ClipTokenizer;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares with the full {@code CLIPModel} of transformers. */
class ClipTextSimilarityTest {
  private static final Path REFERENCE = Reference.path("..", "reference-2");

  @TempDir
  private Path snapshot;

  private JsonNode golden;
  private List<String> texts;
  private List<BufferedImage> pictures;

  @BeforeEach
  void assemble() throws IOException {
    for (String name : List.of("config.json", "model.safetensors", "preprocessor_config.json")) {
      try (InputStream in = resource(name)) {
        Files.copy(in, snapshot.resolve(name));
      }
    }
    for (String name : List.of("vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json")) {
      Files.copy(REFERENCE.resolve("sd15-tiny/tokenizer").resolve(name), snapshot.resolve(name));
    }
    try (InputStream in = resource("golden.json")) {
      golden = new ObjectMapper().readTree(in);
    }
    texts = Golden.strings(golden.get("texts"));
    pictures = Golden.strings(golden.get("pictures")).stream()
        .map(name -> Images.read(REFERENCE.resolve("vision-images").resolve(name))).toList();
  }

  private static InputStream resource(String name) {
    return ClipTextSimilarityTest.class.getResourceAsStream("clip/" + name);
  }

  private static float[] floats(JsonNode rows) {
    List<Float> all = new ArrayList<>();
    rows.forEach(row -> row.forEach(value -> all.add((float) value.doubleValue())));
    float[] values = new float[all.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = all.get(i);
    }
    return values;
  }

  @Test
  void featuresAndCosinesEqualThoseOfTransformers() {
    try (ClipSimilarity metric = ClipSimilarity.loadWithTexts(snapshot, Device.CPU, Precision.FLOAT32)) {
      Parity.assertClose("text_features", Parity.flat(metric.embedTexts(texts)), floats(golden.get("text_features")),
          1e-5);
      Parity.assertClose("image_features", Parity.flat(metric.embed(pictures)), floats(golden.get("image_features")),
          1e-4);
      MetricScore score = metric.scoreTexts(texts, pictures);
      assertThat(score.items()).hasSize(texts.size());
      for (int i = 0; i < texts.size(); i++) {
        assertThat(score.items().get(i)).isCloseTo(golden.get("cosines").get(i).doubleValue(), within(1e-4));
      }
      assertThatThrownBy(() -> metric.scoreTexts(texts, pictures.subList(1, 3)))
          .hasMessage("5 texts cannot be compared in pairs with 2 pictures");
    }
  }

  @Test
  void textsAreTokenisedAndTruncatedLikeThoseOfTransformers() {
    try (ClipTokenizer tokenizer = ClipTokenizer.load(snapshot)) {
      for (int i = 0; i < texts.size(); i++) {
        JsonNode ids = golden.get("input_ids").get(i);
        assertThat(tokenizer.encode(texts.get(i))).hasSize(ids.size());
        for (int j = 0; j < ids.size(); j++) {
          assertThat(tokenizer.encode(texts.get(i))[j]).isEqualTo(ids.get(j).intValue());
        }
      }
    }
  }

  /** Older configurations, such as that of openai/clip-vit-large-patch14, always set eos_token_id to 2. */
  @Test
  void anOldEndTokenPoolsAtTheHighestId() throws IOException {
    replace("\"eos_token_id\": 599", "\"eos_token_id\": 2");
    try (ClipTextModel model = ClipTextModel.load(snapshot, Device.CPU, Precision.FLOAT32)) {
      Parity.assertClose("text_features", Parity.flat(model.embed(texts)), floats(golden.get("text_features")), 1e-5);
    }
  }

  @Test
  void withoutTheTextTowerTextsAreRefused() {
    try (ClipSimilarity metric = ClipSimilarity.load(snapshot, Device.CPU, Precision.FLOAT32)) {
      assertThatThrownBy(() -> metric.embedTexts(texts)).isInstanceOf(IllegalStateException.class)
          .hasMessage("the text tower was not loaded: use loadWithTexts");
    }
    Path vision = REFERENCE.resolve("vision-clip-gelu-p14");
    assertThatThrownBy(() -> ClipSimilarity.loadWithTexts(vision, Device.CPU, Precision.FLOAT32))
        .isInstanceOf(GillException.class).hasMessageContaining("model_type");
  }

  @Test
  void aSnapshotWhosePartsDoNotFitIsRefused() throws IOException {
    replace("\"max_position_embeddings\": 77", "\"max_position_embeddings\": 40");
    assertThatThrownBy(() -> ClipSimilarity.loadWithTexts(snapshot, Device.CPU, Precision.FLOAT32))
        .isInstanceOf(GillException.class).hasMessage(
            snapshot + ": model_max_length of the tokenizer is 77, but the text tower has 40 positions");
    Files.delete(snapshot.resolve("vocab.json"));
    assertThatThrownBy(() -> ClipSimilarity.loadWithTexts(snapshot, Device.CPU, Precision.FLOAT32))
        .isInstanceOf(GillException.class).hasMessageContaining("vocab.json");
  }

  private void replace(String text, String with) throws IOException {
    Path config = snapshot.resolve("config.json");
    String json = Files.readString(config);
    assertThat(json).contains(text);
    Files.writeString(config, json.replace(text, with));
  }
}
