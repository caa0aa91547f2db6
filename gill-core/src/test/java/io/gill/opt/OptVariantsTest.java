package io.gill.opt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.lm.DecoderModel;
import io.gill.lm.DecoderSnapshot;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput.Tokens;
import io.gill.stage.LanguageOutput;
import io.gill.testsupport.Parity;
import io.gill.testsupport.Reference;
import io.gill.testsupport.SafetensorsWriter;
import io.gill.testsupport.TestTensors;
import io.gill.torch.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots that the reference data lacks, derived from model-a's by changes with a known effect. */
class OptVariantsTest {
  private static final int[] IDS = {2, 90, 17, 50000, 4};
  private static final String DECODER = "model.decoder.";

  @TempDir Path dir;
  private final Map<String, TestTensors.Tensor> tensors = new LinkedHashMap<>();
  private LanguageOutput original = new LanguageOutput(new float[0][], new float[0]);

  @BeforeEach
  void readTheOriginal() {
    tensors.putAll(TestTensors.read(Reference.path("model-a", "opt", "model.safetensors")));
    try (DecoderModel model = load(Reference.path("model-a", "opt"))) {
      original = read(model);
    }
  }

  @Test
  void weightsOfTheDecoderAloneAreTheSameModel() throws IOException {
    Map<String, TestTensors.Tensor> renamed = new LinkedHashMap<>();
    tensors.forEach((key, value) -> renamed.put(key.substring("model.".length()), value));
    renamed.put("decoder.version", constant(3, 1));
    assertSame(variant(renamed, config -> config.putArray("architectures").add("OPTModel")), original);
  }

  @Test
  void anOutputLayerEqualToTheEmbeddingsIsTied() throws IOException {
    tensors.remove("lm_head.weight");
    write(tensors, config -> {});
    long before = Tensor.live();
    long without;
    try (DecoderModel model = load(dir)) {
      without = Tensor.live() - before;
      assertSame(read(model), original);
    }
    tensors.put("lm_head.weight", tensors.get(DECODER + "embed_tokens.weight"));
    write(tensors, config -> {});
    try (DecoderModel model = load(dir)) {
      assertThat(Tensor.live() - before).isEqualTo(without);
      assertSame(read(model), original);
    }
  }

  @Test
  void anOutputLayerThatDiffersFromTheEmbeddingsIsUsed() throws IOException {
    float[] doubled = tensors.get(DECODER + "embed_tokens.weight").floats();
    for (int i = 0; i < doubled.length; i++) {
      doubled[i] *= 2;
    }
    tensors.put("lm_head.weight", tensor(doubled, 50272, 24));
    LanguageOutput output = variant(tensors, config -> {});
    float[] expected = original.logits().clone();
    for (int i = 0; i < expected.length; i++) {
      expected[i] *= 2;
    }
    Parity.assertClose("hidden", Parity.flat(output.hidden()), Parity.flat(original.hidden()), Parity.FORWARD);
    Parity.assertClose("logits", output.logits(), expected, Parity.FORWARD);
  }

  @Test
  void layersWithoutBiasEqualLayersWithBiasZero() throws IOException {
    Map<String, TestTensors.Tensor> without = new LinkedHashMap<>(tensors);
    for (String key : tensors.keySet()) {
      if (key.endsWith(".bias") && !key.contains("layer_norm")) {
        tensors.put(key, constant(0, tensors.get(key).shape()[0]));
        without.remove(key);
      }
    }
    LanguageOutput zero = variant(tensors, config -> {});
    assertSame(variant(without, config -> config.put("enable_bias", false)), zero);
    assertThat(zero.logits()).isNotEqualTo(original.logits());
  }

  @Test
  void normsWithoutWeightsEqualNormsOfOneAndZero() throws IOException {
    Map<String, TestTensors.Tensor> without = new LinkedHashMap<>(tensors);
    for (String key : tensors.keySet()) {
      if (key.contains("layer_norm")) {
        tensors.put(key, constant(key.endsWith("bias") ? 0 : 1, 24));
        without.remove(key);
      }
    }
    LanguageOutput plain = variant(tensors, config -> {});
    assertSame(variant(without, config -> config.put("layer_norm_elementwise_affine", false)), plain);
    assertThat(plain.logits()).isNotEqualTo(original.logits());
  }

  @Test
  void withoutTheFinalNormTheHiddenStatesAreThoseBeforeIt() throws IOException {
    float[] weight = tensors.remove(DECODER + "final_layer_norm.weight").floats();
    float[] bias = tensors.remove(DECODER + "final_layer_norm.bias").floats();
    LanguageOutput output = variant(tensors, config -> config.put("_remove_final_layer_norm", true));
    float[][] normed = new float[IDS.length][24];
    for (int t = 0; t < IDS.length; t++) {
      double mean = 0;
      double square = 0;
      for (float x : output.hidden()[t]) {
        mean += x / 24.0;
        square += (double) x * x / 24.0;
      }
      for (int i = 0; i < 24; i++) {
        double x = (output.hidden()[t][i] - mean) / Math.sqrt(square - mean * mean + 1e-5);
        normed[t][i] = (float) (x * weight[i] + bias[i]);
      }
    }
    Parity.assertClose("hidden", Parity.flat(normed), Parity.flat(original.hidden()), Parity.FORWARD);
  }

  @Test
  void weightsThatDoNotFitAreReportedTogetherAndLeaveNothingBehind() throws IOException {
    tensors.remove(DECODER + "layers.1.fc1.bias");
    tensors.put(DECODER + "embed_positions.weight", constant(0, 256, 24));
    tensors.put("score.weight", constant(0, 2, 24));
    write(tensors, config -> {});
    long before = Tensor.live();
    assertThatThrownBy(() -> load(dir))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("missing model.decoder.layers.1.fc1.bias")
        .hasMessageContaining("model.decoder.embed_positions.weight is [256, 24] instead of [258, 24]")
        .hasMessageContaining("unexpected score.weight");
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void weightsOf32BitsStayMapped() throws IOException {
    long start = write(tensors, config -> {});
    long offset = start;
    for (Map.Entry<String, TestTensors.Tensor> entry : tensors.entrySet()) {
      if (entry.getKey().equals(DECODER + "embed_tokens.weight")) {
        break;
      }
      offset += 4L * entry.getValue().size();
    }
    float[] changed = new float[24];
    Arrays.fill(changed, 0.75f);
    try (DecoderModel model = load(dir)) {
      assertThat(model.embeddings(new int[] {90})[0]).isNotEqualTo(changed);
      ByteBuffer bytes = ByteBuffer.allocate(4 * 24).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(changed);
      Path file = dir.resolve("model.safetensors");
      FileTime loaded = Files.getLastModifiedTime(file);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.write(bytes, offset + 90 * 4L * 24);
      }
      Files.setLastModifiedTime(file, loaded); // otherwise the new time would reveal the change
      // Changes to the file appear in a mapping, but not in a copy.
      assertThat(model.embeddings(new int[] {90})[0]).isEqualTo(changed);
    }
  }

  private LanguageOutput variant(Map<String, TestTensors.Tensor> weights, Consumer<ObjectNode> change)
      throws IOException {
    write(weights, change);
    try (DecoderModel model = load(dir)) {
      return read(model);
    }
  }

  private long write(Map<String, TestTensors.Tensor> weights, Consumer<ObjectNode> change) throws IOException {
    Path source = Reference.path("model-a", "opt", "config.json");
    ObjectNode config = (ObjectNode) new ObjectMapper().readTree(source.toFile());
    change.accept(config);
    Files.writeString(dir.resolve("config.json"), config.toString());
    // A new file each time, since the previous one may still be mapped.
    Files.deleteIfExists(dir.resolve("model.safetensors"));
    return SafetensorsWriter.write(dir.resolve("model.safetensors"), weights);
  }

  private static DecoderModel load(Path from) {
    return DecoderSnapshot.of(from).load(50272, new float[0][], Device.CPU, Precision.FLOAT32);
  }

  private static LanguageOutput read(DecoderModel model) {
    try (LanguageContext context = model.open()) {
      return context.append(List.of(new Tokens(IDS)));
    }
  }

  private static void assertSame(LanguageOutput actual, LanguageOutput expected) {
    Parity.assertClose("hidden", Parity.flat(actual.hidden()), Parity.flat(expected.hidden()), 1e-6);
    Parity.assertClose("logits", actual.logits(), expected.logits(), 1e-6);
  }

  private static TestTensors.Tensor constant(float value, int... shape) {
    float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
    Arrays.fill(values, value);
    return tensor(values, shape);
  }

  private static TestTensors.Tensor tensor(float[] values, int... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return new TestTensors.Tensor("F32", shape, bytes.array());
  }
}
