package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.DiffusionOptions.SchedulerType;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.testsupport.Folders;
import io.gill.testsupport.Parity;
import io.gill.testsupport.Reference;
import io.gill.testsupport.SafetensorsWriter;
import io.gill.testsupport.TestTensors;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntBinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * UNets with nine input channels. {@code inpainting.safetensors} holds the final latents of diffusers 0.35.2
 * ({@code StableDiffusionInpaintPipeline}, {@code StableDiffusionXLInpaintPipeline}, torch 2.13.0) for the reference
 * snapshots, their first convolution widened by {@link #widened}, with {@link #PICTURE}, {@link #MASK}, prompt "a dog",
 * guidance 3 and seed 11.
 */
class InpaintingTest {
  private static final int SIZE = 32;
  private static final BufferedImage PICTURE =
      picture((x, y) -> x * 4 % 256 << 16 | y * 4 % 256 << 8 | (x + y) * 7 % 256);
  private static final BufferedImage MASK = picture((x, y) -> (x * 5 + y * 3) % 256 * 0x10101);

  @TempDir Path dir;

  private static BufferedImage picture(IntBinaryOperator rgb) {
    BufferedImage picture = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < SIZE * SIZE; i++) {
      picture.setRGB(i % SIZE, i / SIZE, rgb.applyAsInt(i % SIZE, i / SIZE));
    }
    return picture;
  }

  /** A copy of a reference snapshot whose UNet takes nine channels. */
  private Path snapshot(String model) throws IOException {
    Path snapshot = dir.resolve(model);
    Folders.copy(Reference.path("../reference-2").resolve(model), snapshot);
    set(snapshot.resolve("unet/config.json"), "in_channels", 9);
    Path weights = snapshot.resolve("unet/diffusion_pytorch_model.safetensors");
    Map<String, TestTensors.Tensor> tensors = new LinkedHashMap<>(TestTensors.read(weights));
    tensors.computeIfPresent("conv_in.weight", (name, conv) -> widened(conv));
    SafetensorsWriter.writeAsStored(weights, tensors, Map.of());
    return snapshot;
  }

  private static void set(Path file, String key, int value) throws IOException {
    ObjectNode config = (ObjectNode) new ObjectMapper().readTree(file.toFile());
    Files.writeString(file, config.put(key, value).toString());
  }

  /** (O, 4, 3, 3) → (O, 9, 3, 3) in 16 bits. */
  private static TestTensors.Tensor widened(TestTensors.Tensor conv) {
    int out = conv.shape()[0];
    ByteBuffer wide = ByteBuffer.allocate(2 * out * 9 * 9).order(ByteOrder.LITTLE_ENDIAN);
    for (int o = 0; o < out; o++) {
      wide.put(conv.data(), 2 * o * 4 * 9, 2 * 4 * 9);
      for (int i = 0; i < 5 * 9; i++) {
        wide.putShort(half(((o * 45 + i) * 37 % 101 - 50) / 512f));
      }
    }
    return new TestTensors.Tensor(conv.dtype(), new int[] {out, 9, 3, 3}, wide.array());
  }

  /** Converts a number that 16 bits represent exactly. */
  private static short half(float value) {
    int bits = Float.floatToIntBits(value);
    return (short) (value == 0 ? 0 : bits >> 16 & 0x8000 | (bits & 0x7fffffff) - (112 << 23) >> 13);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sd15-tiny", "sdxl-tiny"})
  void aUNetForInpaintingSeesTheMaskAndTheVisiblePart(String model) throws IOException, URISyntaxException {
    Map<String, TestTensors.Tensor> golden = TestTensors.read(
        Path.of(Objects.requireNonNull(getClass().getResource("inpainting.safetensors")).toURI()));
    DiffusionOptions noise = DiffusionOptions.builder() // recorded with a white mask
        .scheduler(SchedulerType.MODEL).steps(4).guidanceScale(3).build();
    DiffusionOptions full = noise.toBuilder().startImage(PICTURE).mask(MASK).strength(1).build();
    DiffusionOptions part = full.toBuilder().steps(6).strength(0.5).build(); // with two images
    try (StableDiffusion generator = StableDiffusion.load(snapshot(model), Device.CPU, Precision.FLOAT32)) {
      Map.of("noise", noise, "full", full, "part", part).forEach((run, options) -> {
        float[] expected = golden.get(model + "." + run).floats();
        float[] latents = StableDiffusionInspection.of(generator).sample(generator.encodePrompt("a dog"),
            expected.length / (4 * 8 * 8), options, generator.noise(11), (step, values) -> {});
        Parity.assertClose(run, latents, expected, 1e-4);
      });
    }
  }

  @Test
  void anEncoderThatOverflowsIsNamed() throws IOException {
    Path snapshot = snapshot("sd15-tiny");
    Path weights = snapshot.resolve("vae/diffusion_pytorch_model.safetensors");
    Map<String, TestTensors.Tensor> tensors = new LinkedHashMap<>(TestTensors.read(weights));
    tensors.computeIfPresent("encoder.conv_out.weight", (name, conv) -> {
      ByteBuffer bytes = ByteBuffer.allocate(4 * conv.size()).order(ByteOrder.LITTLE_ENDIAN);
      while (bytes.hasRemaining()) {
        bytes.putFloat(3e38f);
      }
      return new TestTensors.Tensor("F32", conv.shape(), bytes.array());
    });
    SafetensorsWriter.writeAsStored(weights, tensors, Map.of());
    try (StableDiffusion generator = StableDiffusion.load(snapshot, Device.CPU, Precision.FLOAT32)) {
      assertThatThrownBy(() -> generator.generate("a dog", 1, DiffusionOptions.builder().steps(1).build(),
          generator.noise(1), (step, of) -> true)).isInstanceOf(GillException.class)
          .hasMessageContaining("autoencoder: ").hasMessageContaining("latents of the visible image");
    }
  }

  @Test
  void otherNumbersOfChannelsAreRefused() throws IOException {
    Path snapshot = snapshot("sd15-tiny");
    set(snapshot.resolve("unet/config.json"), "in_channels", 8);
    assertThatThrownBy(() -> StableDiffusion.load(snapshot, Device.CPU, Precision.FLOAT32))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("in_channels 8")
        .hasMessageContaining("they must be equal, or in_channels 9 for inpainting");
    set(snapshot.resolve("unet/config.json"), "in_channels", 9);
    Path index = snapshot.resolve("model_index.json");
    Files.writeString(
        index, Files.readString(index).replace("StableDiffusionPipeline", "StableDiffusionInpaintPipeline"));
    try (StableDiffusion generator = StableDiffusion.load(snapshot, Device.CPU, Precision.FLOAT32)) {
      assertThat(generator.generate("a dog", 1, DiffusionOptions.builder().steps(1).build(), generator.noise(1),
          (step, of) -> true)).hasSize(1);
    }
  }
}
