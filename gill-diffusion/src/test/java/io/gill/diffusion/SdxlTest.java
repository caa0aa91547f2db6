package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.gill.DiffusionOptions;
import io.gill.GillException;
import io.gill.stage.Conditioning;
import io.gill.testsupport.Folders;
import io.gill.testsupport.Reference;
import io.gill.torch.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots and conditioning of SDXL that do not fit; its numbers are compared by the parity program. */
class SdxlTest {
  private static final Path SNAPSHOT = Reference.path("../reference-2/sdxl-tiny");

  @Test
  void refusesPartsThatDoNotFitEachOther(@TempDir Path dir) throws IOException {
    long before = Tensor.live();
    Folders.copy(SNAPSHOT, dir);
    Path config = dir.resolve("unet/config.json");
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(config.toFile());
    Files.writeString(config,
        json.put("cross_attention_dim", 24).put("projection_class_embeddings_input_dim", 70).toString());
    Path lora = Reference.path("../reference-2/lora/kohya_unet_te.safetensors");
    assertThatThrownBy(() -> StableDiffusion.load(dir, StableDiffusionOptions.builder().lora(lora, 1).build()))
        .isInstanceOf(GillException.class)
        .hasMessageContaining(lora + " holds no LoRA of this model: unknown lora_te_text_model")
        .hasMessageContaining("cross_attention_dim 24, the hidden_size of both text encoders together is 56")
        .hasMessageContaining("pooled text of width 22")
        .hasMessageContaining("text_encoder_2/config.json has projection_dim 20");

    MoreFiles.deleteRecursively(dir.resolve("text_encoder_2"), RecursiveDeleteOption.ALLOW_INSECURE);
    assertThatThrownBy(() -> StableDiffusion.load(dir, StableDiffusionOptions.defaults()))
        .hasMessageContaining(dir.resolve("text_encoder_2") + " holds no weights");
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void refusesConditioningWithoutItsPooledVector() {
    try (StableDiffusion generator = StableDiffusion.load(SNAPSHOT, StableDiffusionOptions.defaults())) {
      Conditioning tokens = Conditioning.of(generator.encodePrompt("a dog").tokens());
      assertThatThrownBy(() -> generator.generate(
              tokens, 1, DiffusionOptions.defaults(), generator.noise(1), (step, steps) -> true))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a pooled vector of 0 values: this model takes 20");
    }
  }
}
