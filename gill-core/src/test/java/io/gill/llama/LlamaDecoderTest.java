package io.gill.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.lm.DecoderModel;
import io.gill.lm.DecoderNetwork;
import io.gill.lm.DecoderSnapshot;
import io.gill.lm.Past;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput.Tokens;
import io.gill.testsupport.Folders;
import io.gill.testsupport.Parity;
import io.gill.testsupport.Reference;
import io.gill.testsupport.TestTensors;
import io.gill.torch.Parameters;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches, 16 bits and mismatched weights. The parity program compares inference in 32 bits. */
class LlamaDecoderTest {
  @TempDir Path folder;

  private static Path snapshot(String name) {
    return Reference.path("..", "reference-2", name);
  }

  private static int[] ids(int count, int seed) {
    int[] ids = new int[count];
    Arrays.setAll(ids, i -> (i * 7919 + seed) % 480);
    return ids;
  }

  /** A length that exceeds Mistral's window. */
  @ParameterizedTest
  @ValueSource(strings = {"lm-llama2", "lm-llama3", "lm-mistral", "lm-qwen2", "lm-qwen3"})
  void aBatchPaddedAtTheEndEqualsItsSequencesAlone(String name) {
    DecoderSnapshot snapshot = DecoderSnapshot.of(snapshot(name));
    int width = snapshot.shape().width();
    int[][] sequences = {ids(20, 3), ids(13, 11)};
    try (Parameters parameters = Parameters.on(Device.CPU);
        DecoderModel model = snapshot.load(480, new float[0][], Device.CPU, Precision.FLOAT32)) {
      try (TensorFile file = Snapshot.open(snapshot.folder())) {
        parameters.addAll(file);
      }
      DecoderNetwork network = snapshot.network(Weights.of(parameters));
      float[] batch = Scope.compute("reading", () -> {
        Tensor rows = Tensor.cat(0,
            network.embeddings(sequences[0]), network.embeddings(Arrays.copyOf(sequences[1], 20)));
        return network.decoder().apply(rows.reshape(2, 20, width), Past.NONE, state -> {}).toFloats();
      });
      for (int i = 0; i < 2; i++) {
        try (LanguageContext context = model.open()) {
          float[] alone = Parity.flat(context.append(List.of(new Tokens(sequences[i]))).hidden());
          Parity.assertClose("sequence " + i,
              Arrays.copyOfRange(batch, i * 20 * width, i * 20 * width + alone.length), alone, Parity.FORWARD);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "lm-llama2, BFLOAT16, 0.05", "lm-llama3, BFLOAT16, 0.05", "lm-mistral, FLOAT16, 0.01", "lm-qwen3, FLOAT16, 0.01"
  })
  void sixteenBitsAreNear(String name, Precision precision, double limit) {
    Map<String, TestTensors.Tensor> golden = TestTensors.read(snapshot("golden").resolve(name + "/lm.safetensors"));
    long[] ids = golden.get("ctx29.input_ids").longs();
    float[] expected = golden.get("ctx29.logits_last").floats();
    try (DecoderModel model = DecoderSnapshot.of(snapshot(name)).load(
            expected.length, new float[0][], Device.CPU, precision);
        LanguageContext context = model.open()) {
      context.append(List.of(new Tokens(Arrays.stream(ids, 0, 20).mapToInt(Math::toIntExact).toArray())));
      float[] logits = context.append(
          List.of(new Tokens(Arrays.stream(ids, 20, 29).mapToInt(Math::toIntExact).toArray()))).logits();
      Parity.assertClose(name, logits, expected, limit);
    }
  }

  @Test
  void weightsOfAnotherVariantAreNamedTogether() throws IOException {
    Path copy = folder.resolve("lm");
    Folders.copy(snapshot("lm-llama2"), copy);
    Path config = copy.resolve("config.json");
    Files.writeString(config, Files.readString(config)
        .replace("\"attention_bias\": false", "\"attention_bias\": true")
        .replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false")
        .replace("\"num_key_value_heads\": 4", "\"num_key_value_heads\": 2"));
    long before = Tensor.live();
    assertThatThrownBy(() -> DecoderSnapshot.of(copy).load(560, new float[0][], Device.CPU, Precision.FLOAT32))
        .isInstanceOf(GillException.class)
        .hasMessageContaining(copy.resolve("model.safetensors").toString())
        .hasMessageContaining("lm_head.weight")
        .hasMessageContaining("model.layers.0.self_attn.q_proj.bias")
        .hasMessageContaining("model.layers.0.self_attn.k_proj.weight is [40, 40] instead of [20, 40]");
    assertThat(Tensor.live()).isEqualTo(before);
  }
}
