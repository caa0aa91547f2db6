package io.gill.opt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.testsupport.Reference;
import io.gill.torch.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptConfigTest {
  @TempDir Path dir;

  @Test
  void thePublishedKeysAreRead() {
    assertThat(OptConfig.read(Reference.path("model-a", "opt", "config.json"))).isEqualTo(new OptConfig(
        24, 48, 3, 4, 256, 50272, 24, true, false, Activation.RELU, true, true));
    assertThat(OptConfig.read(Reference.path("model-b", "opt", "config.json"))).isEqualTo(new OptConfig(
        32, 64, 2, 4, 200, 50272, 16, false, false, Activation.RELU, true, true));
  }

  @Test
  void whatIsNotSetHasThePublishedDefault() throws IOException {
    assertThat(read("")).isEqualTo(new OptConfig(
        8, 16, 2, 4, 32, 100, 8, true, false, Activation.RELU, true, true));
    assertThat(read("""
        , 'word_embed_proj_dim': 6, 'do_layer_norm_before': false, '_remove_final_layer_norm': true,
        'activation_function': 'gelu', 'enable_bias': false, 'layer_norm_elementwise_affine': false
        """)).isEqualTo(new OptConfig(8, 16, 2, 4, 32, 100, 6, false, true, Activation.GELU, false, false));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
      , 'model_type': 'gpt2'                       | model_type is 'gpt2'
      , 'architectures': ['LlamaForCausalLM']      | architectures is ['LlamaForCausalLM']
      , 'architectures': 'OPTForCausalLM'          | it must be an array of strings
      , 'activation_function': 'swish'             | activation_function is 'swish'
      , 'enable_bias': 'no'                        | enable_bias is 'no', but it must be true or false
      , 'word_embed_proj_dim': 0                   | word_embed_proj_dim is 0
      , 'word_embed_proj_dim': 65537               | word_embed_proj_dim is 65537: use 1 to 65536
      , 'num_hidden_layers': 1                     | Duplicate field 'num_hidden_layers'
      """)
  void aWrongValueIsNamedWithItsFileAndKey(String json, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(GillException.class)
        .hasMessageContaining(dir.resolve("config.json").toString())
        .satisfies(e -> assertThat(e.getMessage().replace('"', '\'')).contains(message));
  }

  @Test
  void headsMustDivideTheWidthAndSizesMustBeThere() throws IOException {
    Path file = Files.writeString(dir.resolve("config.json"), """
        {"hidden_size": 10, "ffn_dim": 16, "num_hidden_layers": 2, "num_attention_heads": 4,
         "max_position_embeddings": 32, "vocab_size": 100}""");
    assertThatThrownBy(() -> OptConfig.read(file)).isInstanceOf(GillException.class)
        .hasMessage(file + ": hidden_size 10 is not divisible by num_attention_heads 4");
    Files.writeString(file, "{\"hidden_size\": 10}");
    assertThatThrownBy(() -> OptConfig.read(file)).isInstanceOf(GillException.class)
        .hasMessage(file + " lacks the key ffn_dim");
  }

  @ParameterizedTest
  @CsvSource({
    "hidden_size, 65536", "ffn_dim, 262144", "num_hidden_layers, 1024", "num_attention_heads, 65536",
    "max_position_embeddings, 1048576", "vocab_size, 16777216"
  })
  void sizesThatNoModelHasAreRefusedBeforeTheWeightsAreRead(String key, int most) throws IOException {
    String json = Files.readString(Reference.path("model-a", "opt", "config.json"));
    Path file = Files.writeString(
        dir.resolve("config.json"), json.replaceFirst("\"" + key + "\": \\d+", "\"" + key + "\": 2000000000"));
    assertThatThrownBy(() -> OptConfig.read(file)).isInstanceOf(GillException.class)
        .hasMessage(file + ": " + key + " is 2000000000: use 1 to " + most);
  }

  private OptConfig read(String more) throws IOException {
    String json = "{'hidden_size': 8, 'ffn_dim': 16, 'num_hidden_layers': 2, 'num_attention_heads': 4,"
        + "'max_position_embeddings': 32, 'vocab_size': 100" + more + "}";
    return OptConfig.read(Files.writeString(dir.resolve("config.json"), json.replace('\'', '"')));
  }
}
