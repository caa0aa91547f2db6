package io.gill.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.image.Images;
import io.gill.testsupport.Parity;
import io.gill.testsupport.Reference;
import io.gill.testsupport.TestTensors;
import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cases that the recorded numbers do not cover. The parity program compares the recorded ones. */
class ClipVisionModelTest {
  @Test
  void morePicturesThanAreEncodedAtOnceKeepTheirOrder() {
    List<BufferedImage> pictures = new ArrayList<>();
    for (int i = 0; i < 37; i++) {
      pictures.add(Images.read(Reference.path("model-a", "prompts", "pic_" + i % 3 + ".png")));
    }
    try (ClipVisionModel model = load("model-a", Precision.FLOAT32)) {
      float[][] rows = model.encode(pictures);
      assertThat(rows).hasNumberOfRows(37);
      for (int i = 0; i < 37; i++) {
        Parity.assertClose("picture " + i, rows[i], rows[i % 3], Parity.FORWARD);
      }
      assertThat(rows[0]).isNotEqualTo(rows[1]);
      assertThat(model.encode(List.of())).isEmpty();
    }
  }

  @Test
  void preprocessingForAnotherSizeIsRefused(@TempDir Path dir) throws IOException {
    Path source = Reference.path("model-a", "clip");
    Files.copy(source.resolve("config.json"), dir.resolve("config.json"));
    Files.copy(source.resolve("model.safetensors"), dir.resolve("model.safetensors"));
    Files.copy(Reference.path("model-b", "clip", "preprocessor_config.json"), dir.resolve("preprocessor_config.json"));
    assertThatThrownBy(() -> ClipVisionModel.load(dir, Device.CPU, Precision.FLOAT32))
        .isInstanceOf(GillException.class)
        .hasMessage(dir + " is not a usable snapshot of CLIP: " + dir.resolve("preprocessor_config.json")
            + " makes pictures of 28x28 pixels, but the encoder's image_size is 32");
  }

  @Test
  void bfloat16IsNear() {
    Map<String, TestTensors.Tensor> golden =
        TestTensors.read(Reference.path("golden", "model-a", "clip_vision.safetensors"));
    try (ClipVisionModel model = load("model-a", Precision.BFLOAT16)) {
      float[] pooled = Parity.flat(model.encode(golden.get("pixel_values").floats(), 6));
      // 8 bits of mantissa, rounded some thirty times
      Parity.assertClose("pooler_output", pooled, golden.get("pooler_output").floats(), 0.05);
    }
  }

  @Test
  void closingFreesEverythingAndEndsUse() {
    long before = Tensor.live();
    ClipVisionModel model = load("model-a", Precision.FLOAT32);
    model.encode(new float[3 * 32 * 32], 1);
    model.close();
    model.close();
    assertThat(Tensor.live()).isEqualTo(before);
    assertThatThrownBy(() -> model.encode(new float[3 * 32 * 32], 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("this vision encoder is closed");
  }

  @Test
  void weightsThatDoNotFitTheConfigurationAreReportedTogetherAndLeaveNothingBehind(@TempDir Path dir)
      throws IOException {
    Path source = Reference.path("model-a", "clip");
    Files.copy(source.resolve("model.safetensors"), dir.resolve("model.safetensors"));
    Files.copy(source.resolve("preprocessor_config.json"), dir.resolve("preprocessor_config.json"));
    edit(source, dir, "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4");
    long before = Tensor.live();
    assertThatThrownBy(() -> ClipVisionModel.load(dir, Device.CPU, Precision.FLOAT32))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("missing")
        .hasMessageContaining("vision_model.encoder.layers.3.");
    edit(source, dir, "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 2");
    assertThatThrownBy(() -> ClipVisionModel.load(dir, Device.CPU, Precision.FLOAT32))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("unexpected vision_model.encoder.layers.2.");
    assertThat(Tensor.live()).isEqualTo(before);
  }

  private static void edit(Path source, Path dir, String from, String to) throws IOException {
    String config = Files.readString(source.resolve("config.json"));
    assertThat(config).contains(from);
    Files.writeString(dir.resolve("config.json"), config.replace(from, to));
  }

  private static ClipVisionModel load(String name, Precision precision) {
    return ClipVisionModel.load(Reference.path(name, "clip"), Device.CPU, precision);
  }
}
