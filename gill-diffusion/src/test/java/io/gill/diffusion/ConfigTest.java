package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.GillException;
import io.gill.clip.ClipTextConfig;
import io.gill.diffusion.network.UNetConfig;
import io.gill.diffusion.network.VaeConfig;
import io.gill.testsupport.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;

  /** The reference model's configuration with one value replaced. */
  private Path with(String part, String key, String value) throws IOException {
    ObjectNode config = (ObjectNode) JSON.readTree(Reference.path("model-b", "sd", part, "config.json").toFile());
    config.set(key, JSON.readTree(value));
    return Files.writeString(dir.resolve("config.json"), config.toString());
  }

  @Test
  void readsTheLayoutsOfBothFamilies() {
    UNetConfig one = UNetConfig.read(Reference.path("model-a", "sd", "unet", "config.json"));
    assertThat(one.heads()).containsExactly(8, 8, 8, 8);
    assertThat(one.useLinearProjection()).isFalse();
    UNetConfig two = UNetConfig.read(Reference.path("model-b", "sd", "unet", "config.json"));
    assertThat(two.heads()).containsExactly(2, 4, 4, 4);
    assertThat(two.useLinearProjection()).isTrue();
    assertThat(two.downAttention()).containsExactly(true, true, true, false);
    assertThat(two.upAttention()).containsExactly(false, true, true, true);
    VaeConfig old = VaeConfig.read(Reference.path("model-a", "sd", "vae", "config.json"));
    assertThat(old.scalingFactor()).isEqualTo(0.18215);
    assertThat(old.factor()).isEqualTo(8);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "down_block_types | ['DownBlock2D','AttnDownBlock2D','DownBlock2D','DownBlock2D'] | AttnDownBlock2D is not",
      "up_block_types | ['UpBlock2D'] | block_out_channels has 4 entries, down_block_types 4, up_block_types 1",
      "down_block_types | [] | it must name the blocks",
      "mid_block_type | 'UNetMidBlock2D' | only UNetMidBlock2DCrossAttn is supported",
      "act_fn | 'gelu' | act_fn is \"gelu\", but only silu is supported",
      "only_cross_attention | [true,true,true,false] | only_cross_attention is [true,true,true,false]",
      "dual_cross_attention | true | only false is supported",
      "transformer_layers_per_block | [1,2,10] | it must hold 4 numbers",
      "class_embed_type | 'timestep' | class_embed_type is \"timestep\", but only null is supported",
      "num_class_embeds | 1000 | num_class_embeds is 1000, but only null is supported",
      "addition_embed_type | 'text_time' | lacks the key addition_time_embed_dim",
      "addition_embed_type | 'image' | only text_time is supported",
      "resnet_time_scale_shift | 'scale_shift' | only default is supported",
      "conv_in_kernel | 1 | conv_in_kernel is 1, but only 3 is supported",
      "attention_head_dim | [2,4,4] | it must hold 4 numbers",
      "attention_head_dim | 3 | attention_head_dim is 3, which does not divide block_out_channels 16",
      "norm_num_groups | 5 | norm_num_groups is 5, which does not divide block_out_channels 16",
      "block_out_channels | [16,32,32,-1] | it must hold positive integers",
      "layers_per_block | 1000000 | layers_per_block is 1000000: use 1 to 64",
      "layers_per_block | 64 | use at most 1000 layers together",
      "mid_block_type | null | a UNet without a middle block is not supported",
      "downsample_padding | 2 | downsample_padding is 2: use 0 to 1",
      "downsample_padding | 0.5 | downsample_padding is 0.5: use an integer",
      "freq_shift | 8 | freq_shift is 8.0: use less than 8",
      "mid_block_scale_factor | 0 | mid_block_scale_factor is 0.0: use a positive number",
      "norm_eps | 'small' | it must be a number",
      "sample_size | [8,8] | it must be a positive integer",
      "_class_name | 'UNet2DModel' | only UNet2DConditionModel is supported"})
  void refusesUNetsThatItDoesNotKnowByKeyAndValue(String key, String value, String message) throws IOException {
    Path config = with("unet", key, value.replace('\'', '"'));
    assertThatThrownBy(() -> UNetConfig.read(config))
        .isInstanceOf(GillException.class)
        .hasMessageStartingWith(config.toString())
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({"0.8.1, 64", "0.2.2, 64", "0.9.0, 8", "0.17.1, 8", "1.0.0, 8"})
  void filesOfOldVersionsHaveSmallerSizesThanTheirModels(String version, int sampleSize) throws IOException {
    Path config = with("unet", "_diffusers_version", '"' + version + '"');
    assertThat(UNetConfig.read(config).sampleSize()).isEqualTo(sampleSize);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "up_block_types | ['UpDecoderBlock2D','AttnUpDecoderBlock2D','UpDecoderBlock2D'] | AttnUpDecoderBlock2D is not",
      "up_block_types | ['UpDecoderBlock2D'] | down_block_types has 3 entries",
      "use_quant_conv | false | only true is supported",
      "shift_factor | 0.1 | shift_factor is 0.1",
      "latent_channels | 100000 | latent_channels is 100000: use 1 to 1024",
      "scaling_factor | -1 | scaling_factor is -1.0: use a positive number",
      "norm_num_groups | 3 | norm_num_groups is 3, which does not divide block_out_channels 16"})
  void refusesAutoencodersThatItDoesNotKnowByKeyAndValue(String key, String value, String message)
      throws IOException {
    Path config = with("vae", key, value.replace('\'', '"'));
    assertThatThrownBy(() -> VaeConfig.read(config))
        .isInstanceOf(GillException.class)
        .hasMessageStartingWith(config.toString())
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "hidden_act | 'tanh' | hidden_act is \"tanh\"",
      "use_attention_mask | true | only false is supported",
      "num_hidden_layers | 2000000000 | num_hidden_layers is 2000000000: use 1 to 1024",
      "max_position_embeddings | 1 | max_position_embeddings is 1: use 2 to 65536",
      "num_attention_heads | 3 | hidden_size 16 is not divisible by num_attention_heads 3"})
  void refusesTextEncodersThatItDoesNotKnowByKeyAndValue(String key, String value, String message)
      throws IOException {
    Path config = with("text_encoder", key, value.replace('\'', '"'));
    assertThatThrownBy(() -> ClipTextConfig.read(config))
        .isInstanceOf(GillException.class)
        .hasMessageStartingWith(config.toString())
        .hasMessageContaining(message);
  }
}
