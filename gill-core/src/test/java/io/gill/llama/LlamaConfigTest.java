package io.gill.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.GillException;
import io.gill.llama.LlamaConfig.Variant;
import io.gill.lm.DecoderFamily;
import io.gill.torch.Activation;
import io.gill.torch.Rotary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values that the recorded snapshots do not have. The parity program reads the recorded ones. */
class LlamaConfigTest {
  @TempDir Path dir;

  @Test
  void unsetKeysHaveThePublishedDefaults() throws IOException {
    Rotary plain = new Rotary(List.of(1f, 0.01f)); // 10000^(-2i/4)
    assertThat(read(new LlamaFamily(), "{}")).isEqualTo(new LlamaConfig(16, 32, 3, 4, 4, 4, 64, 100, 1e-6,
        Activation.SILU, false, plain, new Variant(false, false, false, false, full())));
    assertThat(read(new LlamaFamily(), "{'attention_bias': true, 'mlp_bias': true}").variant())
        .isEqualTo(new Variant(true, true, true, false, full()));
    assertThat(read(new Qwen3Family(), "{}").headDim()).isEqualTo(128);
    assertThat(read(new Qwen3Family(), "{'attention_bias': true}").variant())
        .isEqualTo(new Variant(true, true, false, true, full()));
  }

  @Test
  void windowsAreThoseOfThePublishedLayers() throws IOException {
    assertThat(windows(new MistralFamily(), "{}")).containsOnly(4096);
    assertThat(windows(new MistralFamily(), "{'sliding_window': null}")).containsOnly(Variant.ALL);
    assertThat(windows(new MistralFamily(), "{'sliding_window': 9}")).containsOnly(9);
    assertThat(windows(new Qwen2Family(), "{'sliding_window': 9, 'max_window_layers': 1}")).containsOnly(Variant.ALL);
    assertThat(windows(new Qwen2Family(), "{'use_sliding_window': true, 'sliding_window': 9, 'max_window_layers': 1}"))
        .containsExactly(Variant.ALL, 9, 9);
    assertThat(windows(new Qwen3Family(), "{'use_sliding_window': true, 'sliding_window': 9, 'max_window_layers': 0,"
        + "'layer_types': ['sliding_attention', 'full_attention', 'sliding_attention']}"))
        .containsExactly(9, Variant.ALL, 9);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
      {'rope_theta': 100}                                                            | 1    | 0.1
      {'rope_scaling': {'type': 'linear', 'factor': 4}}                              | 0.25 | 0.0025
      {'rope_scaling': {'rope_type': 'default'}}                                     | 1    | 0.01
      {'rope_parameters': {'rope_type': 'linear', 'factor': 2, 'rope_theta': 100}}   | 0.5  | 0.05
      """)
  void frequenciesAreScaledAsConfigured(String json, double first, double second) throws IOException {
    List<Float> frequencies = read(new LlamaFamily(), json).rotary().frequencies();
    assertThat(frequencies.get(0).doubleValue()).isCloseTo(first, within(1e-7));
    assertThat(frequencies.get(1).doubleValue()).isCloseTo(second, within(1e-7));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
      {'rope_scaling': {'rope_type': 'yarn', 'factor': 4}}  | rope_scaling.rope_type is 'yarn', but only default, linear
      {'rope_scaling': {'type': 'dynamic', 'factor': 4}}    | rope_scaling.type is 'dynamic', but only default, linear
      {'rope_scaling': {'factor': 4}}                       | rope_scaling.type is null, but only default, linear
      {'rope_scaling': {'type': 'linear'}}                  | rope_scaling.factor is null, but it must be a positive
      {'rope_scaling': {'type': 'linear', 'factor': -1}}    | rope_scaling.factor is -1, but it must be a positive
      {'rope_scaling': {'rope_type': 'llama3', 'factor': 8, 'low_freq_factor': 1}} | high_freq_factor is null, but
      {'rope_theta': 0}                                     | rope_theta is 0, but it must be a positive
      {'partial_rotary_factor': 0.5}                        | partial_rotary_factor is 0.5, but only 1.0
      {'quantization_config': {'bits': 4}}                  | quantization_config is {'bits':4}
      {'hidden_act': 'swiglu'}                              | hidden_act is 'swiglu', but only
      {'num_key_value_heads': 3}                            | num_attention_heads 4 is not divisible by num_key_value
      {'num_key_value_heads': 8}                            | num_key_value_heads is 8: use 1 to 4
      {'head_dim': 5}                                       | head_dim is 5, but rotary
      {'head_dim': 2147483646}                              | head_dim is 2147483646: use 1 to 65536
      {'max_window_layers': -1}                             | max_window_layers is -1, but it must not be negative
      {'max_window_layers': 1.5}                            | max_window_layers is 1.5, but it must be an integer
      {'rms_norm_eps': 0}                                   | rms_norm_eps is 0.0
      {'num_hidden_layers': 2000000000}                     | num_hidden_layers is 2000000000: use 1 to 1024
      {'layer_types': ['full_attention']}                   | layer_types has 1 elements, but num_hidden_layers is 3
      {'layer_types': ['chunked_attention']}                | layer_types is ['chunked_attention'], but only
      {'use_mrope': true}                                   | use_mrope is true
      """)
  void whatIsNotSupportedIsRefusedWithFileKeyAndValue(String json, String message) {
    assertThatThrownBy(() -> read(new Qwen2Family(), json)).isInstanceOf(GillException.class)
        .hasMessageContaining(dir.resolve("config.json").toString())
        .satisfies(e -> assertThat(e.getMessage().replace('"', '\'')).contains(message));
  }

  private static List<Integer> full() {
    return Collections.nCopies(3, Variant.ALL);
  }

  private List<Integer> windows(DecoderFamily family, String json) throws IOException {
    return read(family, json).variant().windows();
  }

  private LlamaConfig read(DecoderFamily family, String json) throws IOException {
    ObjectNode config = parse("{'hidden_size': 16, 'intermediate_size': 32, 'num_hidden_layers': 3,"
        + "'num_attention_heads': 4, 'max_position_embeddings': 64, 'vocab_size': 100}");
    config.setAll(parse(json));
    return (LlamaConfig) family.config(Files.writeString(dir.resolve("config.json"), config.toString()));
  }

  private static ObjectNode parse(String json) throws JsonProcessingException {
    return (ObjectNode) new ObjectMapper().readTree(json.replace('\'', '"'));
  }
}
