package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.testsupport.Parity;
import io.gill.testsupport.Reference;
import io.gill.testsupport.TestTensors;
import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** What diffusers computed with one of the reference models (sd.safetensors). */
final class Golden {
  private final String model;
  private final Map<String, TestTensors.Tensor> tensors;

  Golden(String model) {
    this.model = model;
    this.tensors = TestTensors.read(Reference.path("golden", model, "sd.safetensors"));
  }

  /** The snapshot of the reference model. */
  Path snapshot() {
    return Reference.path(model, "sd");
  }

  TestTensors.Tensor stored(String key) {
    TestTensors.Tensor tensor = tensors.get(key);
    if (tensor == null) {
      throw new IllegalArgumentException("no reference tensor " + key);
    }
    return tensor;
  }

  float[] floats(String key) {
    return stored(key).floats();
  }

  /** In the current computation. */
  Tensor tensor(String key) {
    return Tensor.of(floats(key), shape(key));
  }

  long[] shape(String key) {
    return Arrays.stream(stored(key).shape()).asLongStream().toArray();
  }

  void check(String key, Tensor actual, double tolerance) {
    assertThat(actual.shape()).as(key + " shape").isEqualTo(shape(key));
    Parity.assertClose(key, actual.toFloats(), floats(key), tolerance);
  }

  /** The root of the mean squared difference, by that of the expected values. */
  static double relativeError(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double difference = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow((double) actual[i] - expected[i], 2);
      size += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / size);
  }

  /** The largest difference of a channel, in levels of 255. */
  static int largestDifference(BufferedImage actual, BufferedImage expected) {
    assertThat(actual.getWidth()).isEqualTo(expected.getWidth());
    assertThat(actual.getHeight()).isEqualTo(expected.getHeight());
    int largest = 0;
    for (int y = 0; y < actual.getHeight(); y++) {
      for (int x = 0; x < actual.getWidth(); x++) {
        for (int shift = 0; shift <= 16; shift += 8) {
          int difference = (actual.getRGB(x, y) >> shift & 0xff) - (expected.getRGB(x, y) >> shift & 0xff);
          largest = Math.max(largest, Math.abs(difference));
        }
      }
    }
    return largest;
  }
}
