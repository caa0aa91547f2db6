package io.gill.clip;

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

class ClipVisionConfigTest {
  @TempDir Path dir;

  @Test
  void theWholeClipAndTheTowerAloneAreRead() {
    assertThat(ClipVisionConfig.read(Reference.path("model-a", "clip", "config.json"))).isEqualTo(new ClipVisionConfig(
        new ClipEncoderConfig(32, 64, 3, 4, Activation.QUICK_GELU, 1e-5), 32, 8, 3));
    assertThat(ClipVisionConfig.read(Reference.path("model-b", "clip", "config.json"))).isEqualTo(new ClipVisionConfig(
        new ClipEncoderConfig(24, 48, 2, 3, Activation.GELU, 1e-5), 28, 7, 3));
  }

  @Test
  void whatIsNotSetHasThePublishedDefault() throws IOException {
    assertThat(read("{'model_type': 'clip', 'vision_config': {'dropout': 0.0}}")).isEqualTo(new ClipVisionConfig(
        new ClipEncoderConfig(768, 3072, 12, 12, Activation.QUICK_GELU, 1e-5), 224, 32, 3));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
      {'model_type': 'siglip', 'vision_config': {}}                       | model_type is "siglip"
      {'model_type': 'clip_text_model'}                                   | model_type is "clip_text_model"
      {'model_type': 'clip'}                                              | lacks the key vision_config
      {'model_type': 'clip', 'vision_config': {'hidden_act': 'mish'}}     | vision_config.hidden_act is "mish"
      {'model_type': 'clip_vision_model', 'hidden_size': -4}              | hidden_size is -4
      {'model_type': 'clip_vision_model', 'hidden_size': 'x'}             | hidden_size is "x"
      {'model_type': 'clip_vision_model', 'hidden_size': 99999999999}     | hidden_size is 99999999999
      {'model_type': 'clip_vision_model', 'hidden_size': 65537}           | hidden_size is 65537: use 1 to 65536
      {'model_type': 'clip_vision_model', 'intermediate_size': 262145}    | intermediate_size is 262145: use 1 to 262144
      {'model_type': 'clip_vision_model', 'num_hidden_layers': 2000000}   | num_hidden_layers is 2000000: use 1 to 1024
      {'model_type': 'clip_vision_model', 'num_attention_heads': 7}       | not divisible by num_attention_heads 7
      {'model_type': 'clip_vision_model', 'patch_size': 300}              | patch_size 300
      {'model_type': 'clip_vision_model', 'num_channels': 1}              | num_channels is 1
      {'model_type': 'clip_vision_model', 'layer_norm_eps': 'small'}      | layer_norm_eps is "small"
      []                                                                  | is not a JSON object
      {'model_type':                                                      | is not valid JSON
      """)
  void aWrongValueIsNamedWithItsFileAndKey(String json, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(GillException.class)
        .hasMessageContaining(dir.resolve("config.json").toString())
        .hasMessageContaining(message.replace("\"\"", "\""))
        .hasMessageNotContaining("\n");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> ClipVisionConfig.read(dir.resolve("config.json")))
        .isInstanceOf(GillException.class)
        .hasMessageContaining(dir.resolve("config.json").toString());
  }

  private ClipVisionConfig read(String json) throws IOException {
    return ClipVisionConfig.read(Files.writeString(dir.resolve("config.json"), json.replace('\'', '"')));
  }
}
