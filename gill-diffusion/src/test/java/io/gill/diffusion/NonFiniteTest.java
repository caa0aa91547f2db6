package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.stage.Conditioning;
import io.gill.testsupport.Folders;
import io.gill.testsupport.Reference;
import io.gill.testsupport.SafetensorsWriter;
import io.gill.testsupport.TestTensors;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parts of Stable Diffusion whose numbers overflow. */
class NonFiniteTest {
  private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";
  private static final DiffusionOptions UNGUIDED = DiffusionOptions.builder().steps(3).guidanceScale(1).build();

  @TempDir Path dir;

  /** Overwrites one tensor of a file. */
  private void fill(String part, String file, String key, float value) {
    Path path = dir.resolve(part).resolve(file);
    Map<String, TestTensors.Tensor> tensors = new LinkedHashMap<>(TestTensors.read(path));
    tensors.computeIfPresent(key, (name, tensor) -> {
      ByteBuffer bytes = ByteBuffer.allocate(4 * tensor.size()).order(ByteOrder.LITTLE_ENDIAN);
      while (bytes.hasRemaining()) {
        bytes.putFloat(value);
      }
      return new TestTensors.Tensor("F32", tensor.shape(), bytes.array());
    });
    assertThat(tensors).containsKey(key);
    SafetensorsWriter.write(path, tensors);
  }

  private void fillAll(float value) throws IOException {
    Folders.copy(Reference.path("model-b", "sd"), dir);
    fill("text_encoder", "model.safetensors", "text_model.final_layer_norm.weight", value);
    fill("unet", WEIGHTS, "conv_out.weight", value);
    fill("vae", WEIGHTS, "encoder.conv_out.weight", value);
    fill("vae", WEIGHTS, "decoder.conv_out.weight", value);
  }

  private static void assertRefused(ThrowingCallable call, String... parts) {
    assertThatThrownBy(call).isInstanceOf(GillException.class).hasMessageContainingAll(parts)
        .message().hasLineCount(1);
  }

  @Test
  void everyPartThatOverflowsIsNamed() throws IOException {
    fillAll(3e38f);
    try (StableDiffusion generator = StableDiffusion.load(dir, Device.CPU, Precision.FLOAT32)) {
      assertRefused(() -> generator.encodePrompt("x"), "text encoder: ", "of the hidden states", "damaged");
      Conditioning conditioning = Conditioning.of(new float[77][generator.conditioningSize()]);
      List<Integer> steps = new ArrayList<>();
      assertRefused(() -> generator.generate(conditioning, 1, UNGUIDED, generator.noise(1), (step, all) -> {
        steps.add(step);
        return true;
      }), "UNet: ", "of the prediction of step 1", "damaged");
      assertThat(steps).isEmpty();
      assertRefused(() -> StableDiffusionInspection.of(generator).light(
          new Golden("model-b").floats("vae.latents"), new int[] {1, 4, 8, 8}),
          "autoencoder: ", "of the picture");
      assertRefused(() -> generator.encode(new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB)),
          "autoencoder: ", "of the latents");
    }
  }

  @Test
  void sixteenBitsThatOverflowAreRefusedWithAnotherPrecision() throws IOException {
    fillAll(6e4f);
    try (StableDiffusion generator = StableDiffusion.load(dir, Device.CPU, Precision.FLOAT16)) {
      assertRefused(() -> generator.encodePrompt("x"),
          "text encoder: ", "Infinity", "load with Precision.BFLOAT16 or FLOAT32");
    }
  }

  @Test
  void noiseThatIsNoNumberEndsTheStep() throws IOException {
    try (StableDiffusion generator =
        StableDiffusion.load(Reference.path("model-b", "sd"), Device.CPU, Precision.FLOAT32)) {
      Conditioning conditioning = Conditioning.of(new float[77][generator.conditioningSize()]);
      int[] draws = {0};
      assertRefused(() -> generator.generate(conditioning, 1, UNGUIDED.toBuilder().eta(1).build(), count -> {
        float[] noise = new float[count];
        noise[0] = draws[0]++ == 1 ? Float.NaN : 0;
        return noise;
      }, (step, all) -> true), "NaN at index 0 of the latents after step 1");
      DiffusionOptions later = UNGUIDED.toBuilder().steps(4).strength(0.5).eta(1)
          .startImage(new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB)).build();
      int[] left = {2}; // the start image, and the noise on it
      assertRefused(() -> generator.generate(conditioning, 1, later, count -> {
        float[] noise = new float[count];
        noise[0] = left[0]-- == 0 ? Float.NaN : 0;
        return noise;
      }, (step, all) -> true), "NaN at index 0 of the latents after step 1"); // of the two that it makes
      conditioning.tokens()[3][2] = Float.NaN;
      assertThatThrownBy(() ->
          generator.generate(conditioning, 1, UNGUIDED, generator.noise(1), (step, all) -> true))
          .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("the conditioning holds NaN");
    }
  }

  @Test
  void optionsThatAreNoNumbersAreRefused() {
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
      assertThatThrownBy(() -> UNGUIDED.toBuilder().guidanceScale(bad).build())
          .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("guidanceScale");
      assertThatThrownBy(() -> UNGUIDED.toBuilder().eta(bad).build())
          .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("eta");
    }
  }
}
