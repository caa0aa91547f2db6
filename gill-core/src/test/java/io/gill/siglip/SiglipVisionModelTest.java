package io.gill.siglip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.testsupport.Reference;
import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cases that the recorded results do not cover. The parity program compares the recorded ones. */
final class SiglipVisionModelTest {
  @TempDir Path dir;

  private static Path snapshot(String name) {
    return Reference.path("..", "reference-2", name);
  }

  private static SiglipVisionModel load(Path folder) {
    return SiglipVisionModel.load(folder, Device.CPU, Precision.FLOAT32);
  }

  @Test
  void imagesOfAnyShapeAreEncoded() {
    List<BufferedImage> images = List.of(
        new BufferedImage(1, 300, BufferedImage.TYPE_INT_RGB), new BufferedImage(40, 30, BufferedImage.TYPE_INT_ARGB));
    try (SiglipVisionModel fixed = load(snapshot("vision-siglip"));
        SiglipVisionModel naflex = load(snapshot("vision-siglip2-naflex"))) {
      assertThat(fixed.imageSize()).contains(new Dimension(28, 28));
      assertThat(naflex.imageSize()).isEmpty();
      assertThat(fixed.encode(images)).hasDimensions(2, 32);
      assertThat(naflex.encode(images)).hasDimensions(2, 24);
      assertThatIllegalStateException().isThrownBy(() -> SiglipVisionInspection.of(naflex).pooled(new float[0], 0));
    }
  }

  @Test
  void aGridOfItsOwnSizeStaysAsItIs() {
    PositionGrid grid = new PositionGrid(2, 1, new float[] {1, 2, 3, 5});
    assertThat(grid.resized(2, 2)).containsExactly(1, 2, 3, 5);
    assertThat(grid.resized(1, 1)).containsExactly(2.75f);
  }

  @Test
  void missingKeysHaveThePublishedDefaults() throws IOException {
    Path config = dir.resolve("config.json");
    Files.writeString(config, "{\"model_type\": \"siglip\", \"vision_config\": {}}");
    SiglipVisionConfig read = SiglipVisionConfig.read(config);
    assertThat(read.encoder().hiddenAct()).hasToString("gelu_pytorch_tanh");
    assertThat(read.encoder().layerNormEps()).isEqualTo(1e-6);
    assertThat(read.side()).isEqualTo(14);
    Files.writeString(config, "{\"model_type\": \"siglip2_vision_model\"}");
    assertThat(SiglipVisionConfig.read(config).side()).isEqualTo(16);
  }

  @Test
  void partsThatDoNotFitAreNamedWithTheirKey() throws IOException {
    copy("vision-siglip", "preprocessor_config.json", json -> json.withObject("/size").put("width", 30));
    assertFails("preprocessor_config.json makes images of 30x28 pixels, but the encoder's image_size is 28");
    copy("vision-siglip2-naflex", "preprocessor_config.json", json -> json.put("patch_size", 4));
    assertFails("preprocessor_config.json: patch_size is 4, but the encoder's is 8");
    copy("vision-siglip2-naflex", "preprocessor_config.json", json -> json.put("do_resize", false));
    assertFails("preprocessor_config.json: do_resize is false, but it must be true");
    copy("vision-siglip2-naflex", "preprocessor_config.json", json -> json.put("max_num_patches", 0));
    assertFails("preprocessor_config.json: max_num_patches is 0, but it must be a positive integer");
    copy("vision-siglip2-naflex", "config.json", json -> json.put("num_patches", 15));
    assertFails("num_patches is 15, but it must be a square number");
    copy("vision-siglip2-naflex", "config.json", json -> json.put("vision_use_head", false));
    assertFails("vision_use_head is false, but only true is supported");
    copy("vision-siglip2-naflex", "config.json", json -> json.put("model_type", "clip"));
    assertFails("model_type is \"clip\", but only siglip");
  }

  private void assertFails(String message) {
    assertThatExceptionOfType(GillException.class)
        .isThrownBy(() -> load(dir).close())
        .satisfies(e -> assertThat(e.getMessage()).contains(message).hasLineCount(1));
  }

  /** Creates a snapshot with one changed file. */
  private void copy(String name, String changed, Consumer<ObjectNode> change) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    for (String file : new String[] {"config.json", "preprocessor_config.json"}) {
      ObjectNode json = (ObjectNode) mapper.readTree(snapshot(name).resolve(file).toFile());
      if (file.equals(changed)) {
        change.accept(json);
      }
      mapper.writeValue(dir.resolve(file).toFile(), json);
    }
    Files.write(dir.resolve("model.safetensors"), Files.readAllBytes(snapshot(name).resolve("model.safetensors")));
  }
}
