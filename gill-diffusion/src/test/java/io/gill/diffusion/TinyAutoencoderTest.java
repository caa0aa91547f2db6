package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.gill.DiffusionOptions;
import io.gill.GillException;
import io.gill.testsupport.Folders;
import io.gill.testsupport.Reference;
import io.gill.testsupport.SafetensorsWriter;
import io.gill.testsupport.TestTensors;
import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a tiny autoencoder may lie, and those that do not fit; its numbers are compared by the parity program. */
class TinyAutoencoderTest {
  private static final Path SNAPSHOT = Reference.path("../reference-2/sd15-tiny");
  private static final Path TINY = Reference.path("../reference-2/taesd/vae_tiny");
  private static final Path ORIGINAL = Reference.path("../reference-2/taesd/taesd_decoder.pth");

  private static StableDiffusion load(Path tiny) {
    return StableDiffusion.load(SNAPSHOT, StableDiffusionOptions.builder().tinyAutoencoder(tiny).build());
  }

  @Test
  void aSnapshotMayHoldOneAsItsVae(@TempDir Path dir) throws IOException {
    Folders.copy(SNAPSHOT, dir);
    MoreFiles.deleteRecursively(dir.resolve("vae"), RecursiveDeleteOption.ALLOW_INSECURE);
    Folders.copy(TINY, dir.resolve("vae"));
    try (StableDiffusion inside = StableDiffusion.load(dir, StableDiffusionOptions.defaults());
        StableDiffusion original = load(ORIGINAL)) {
      BufferedImage image = generate(inside);
      assertThat(image.getWidth()).isEqualTo(64); // 8 latents of 8 pixels
      assertThat(Golden.largestDifference(generate(original), image)).isZero();
      assertThat(original.encode(image)).isEqualTo(inside.encode(image));
    }
  }

  private static BufferedImage generate(StableDiffusion generator) {
    return generator.generate("a dog", 1, DiffusionOptions.builder().steps(1).guidanceScale(1).build(),
        generator.noise(3), (step, steps) -> true).get(0);
  }

  @Test
  void refusesWhatIsNoTinyDecoderOfThisModel(@TempDir Path dir) throws IOException {
    long before = Tensor.live();
    Path encoder = ORIGINAL.resolveSibling("taesd_encoder.pth");
    assertThatThrownBy(() -> load(encoder)).isInstanceOf(GillException.class)
        .hasMessageContaining(encoder + " is not the decoder of a tiny autoencoder");
    assertThatThrownBy(() -> load(SNAPSHOT.resolve("vae"))).isInstanceOf(GillException.class)
        .hasMessageContaining("_class_name is \"AutoencoderKL\", but only AutoencoderTiny is supported");

    Path empty = dir.resolve("empty.safetensors");
    SafetensorsWriter.write(
        empty, Map.of("1.weight", new TestTensors.Tensor("F32", new int[] {0, 4, 3, 3}, new byte[0])));
    assertThatThrownBy(() -> load(empty)).isInstanceOf(GillException.class)
        .hasMessageContaining(empty + " is not the decoder of a tiny autoencoder");

    Path alone = Files.copy(ORIGINAL, dir.resolve("taesd_decoder.pth"));
    assertThatThrownBy(() -> load(alone)).isInstanceOf(GillException.class)
        .hasMessageContaining(alone + " decodes a latent to 8×8 pixels")
        .hasMessageContaining("config.json encodes 4×4");

    Folders.copy(TINY, dir.resolve("other"));
    Path config = dir.resolve("other/config.json");
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(config.toFile());
    Files.writeString(config, json.put("latent_channels", 16).toString());
    assertThatThrownBy(() -> load(dir.resolve("other"))).isInstanceOf(GillException.class)
        .hasMessageContaining(config + " has latent_channels 16: they must be equal");
    Files.writeString(config, json.put("latent_channels", 4).set("num_decoder_blocks",
        json.arrayNode().add(3).add(3).add(2).add(1)).toString());
    assertThatThrownBy(() -> load(dir.resolve("other"))).isInstanceOf(GillException.class)
        .hasMessageContaining("does not hold the weights of the tiny autoencoder")
        .hasMessageContaining("unexpected decoder.layers.14.conv.0.bias");
    assertThat(Tensor.live()).isEqualTo(before);
  }
}
