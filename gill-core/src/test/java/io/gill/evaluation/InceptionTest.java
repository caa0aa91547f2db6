package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.Device;
import io.gill.testsupport.Parity;
import io.gill.testsupport.SafetensorsWriter;
import io.gill.testsupport.TestTensors;
import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights and pixels are random numbers that the recorded run of pytorch-fid drew from the same formula. */
class InceptionTest {
  private static final int PIXELS_SEED = 1000;

  @TempDir Path folder;

  @Test
  void featuresEqualThoseOfPytorchFid() throws Exception {
    JsonNode golden = Golden.read("inception.json");
    Map<String, TestTensors.Tensor> weights = new LinkedHashMap<>();
    for (JsonNode key : golden.get("keys")) {
      int[] shape = new int[key.get(1).size()];
      for (int i = 0; i < shape.length; i++) {
        shape[i] = key.get(1).get(i).asInt();
      }
      weights.put(key.get(0).asText(), weight(key.get(0).asText(), weights.size(), shape));
    }
    Path file = folder.resolve("inception.safetensors");
    SafetensorsWriter.writeAsStored(file, weights, Map.of());
    float[] pixels = new float[3 * Inception.SIZE * Inception.SIZE];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) (2 * RandomWeights.random(i, PIXELS_SEED));
    }
    float[] expected = new float[Inception.WIDTH];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) golden.get("features").get(i).asDouble();
    }
    long before = Tensor.live();
    try (Inception network = Inception.load(file, Device.CPU)) {
      Parity.assertClose("features", network.features(pixels), expected, 1e-4);
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  /** Values of {@code tf.image.resize_bilinear} (version 1): output pixel i lies at i · in / out. */
  @Test
  void picturesAreResizedAsByTensorFlow1() {
    BufferedImage picture = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
    picture.setRGB(1, 0, 0xff0000);
    float[] pixels = Inception.pixels(picture);
    int width = Inception.SIZE;
    assertThat(pixels[0]).isEqualTo(-1f);
    assertThat(pixels[149]).isCloseTo((255 * (149 * (2f / width)) - 128) / 128, within(1e-5f));
    assertThat(pixels[150]).as("the right pixel, without interpolation beyond").isEqualTo((255 - 128) / 128f);
    assertThat(pixels[width * width + 298]).as("green").isEqualTo(-1f);
  }

  @Test
  void otherWeightsAreRefused() {
    Path file = folder.resolve("torchvision.safetensors");
    SafetensorsWriter.writeAsStored(file, Map.of("fc.bias", RandomWeights.tensor(0, 1, 0, 1000)), Map.of());
    assertThatThrownBy(() -> Inception.load(file, Device.CPU)).hasMessage(file + " classifies into [1000] classes: FID "
        + "needs the weights of the TensorFlow graph with 1008, which pytorch-fid publishes");
  }

  private static TestTensors.Tensor weight(String name, int seed, int[] shape) {
    if (name.endsWith("conv.weight")) {
      return RandomWeights.tensor(seed, Math.sqrt(24.0 / (shape[1] * shape[2] * shape[3])), 0, shape);
    }
    return name.endsWith("bn.weight") || name.endsWith("running_var")
        ? RandomWeights.tensor(seed, 0.4, 2.5, shape) // 0.4 u + 1
        : RandomWeights.tensor(seed, 0.2, 0, shape);
  }
}
