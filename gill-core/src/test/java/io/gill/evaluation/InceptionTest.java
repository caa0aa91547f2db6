package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.Device;
import io.gill.GillException;
import io.gill.testsupport.GraphDefWriter;
import io.gill.testsupport.Parity;
import io.gill.testsupport.SafetensorsWriter;
import io.gill.testsupport.TestTensors;
import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights and pixels are random numbers that the recorded run of pytorch-fid drew from the same formula. */
class InceptionTest {
  private static final int PIXELS_SEED = 1000;

  @TempDir Path folder;

  @Test
  void featuresEqualThoseOfPytorchFid() throws Exception {
    JsonNode golden = Golden.read("inception.json");
    Path file = folder.resolve("inception.safetensors");
    SafetensorsWriter.writeAsStored(file, weights(golden), Map.of());
    assertFeatures(golden, file);
  }

  @Test
  void theTensorFlowGraphHasTheSameFeatures() throws Exception {
    JsonNode golden = Golden.read("inception.json");
    Path file = folder.resolve("classify_image_graph_def.pb");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      out.write(GraphDefWriter.node("DecodeJpeg", "DecodeJpeg"));
      for (Map.Entry<String, TestTensors.Tensor> weight : weights(golden).entrySet()) {
        String node = Objects.requireNonNull(InceptionGraph.nodes().get(weight.getKey()));
        out.write(constant(node, weight.getValue()));
      }
      out.write(GraphDefWriter.node("softmax", "Softmax"));
    }
    assertFeatures(golden, file);
  }

  private static byte[] constant(String node, TestTensors.Tensor tensor) {
    int[] shape = tensor.shape();
    if (shape.length == 1) {
      return GraphDefWriter.constant(node, GraphDefWriter.tensor(GraphDefWriter.FLOAT, tensor.data(), shape[0]));
    }
    ByteBuffer from = ByteBuffer.wrap(tensor.data());
    ByteBuffer to = ByteBuffer.allocate(tensor.data().length);
    for (int h = 0; h < shape[2]; h++) {
      for (int w = 0; w < shape[3]; w++) {
        for (int i = 0; i < shape[1]; i++) {
          for (int o = 0; o < shape[0]; o++) {
            to.putInt(from.getInt(Float.BYTES * (((o * shape[1] + i) * shape[2] + h) * shape[3] + w)));
          }
        }
      }
    }
    return GraphDefWriter.constant(node,
        GraphDefWriter.tensor(GraphDefWriter.FLOAT, to.array(), shape[2], shape[3], shape[1], shape[0]));
  }

  /** Pairs of the published conversion of the graph, of each kind of block. */
  @Test
  void nodesOfTheGraphHaveTheNamesOfPytorchFid() {
    assertThat(InceptionGraph.nodes()).hasSize(5 * 94).containsAllEntriesOf(Map.ofEntries(
        Map.entry("Conv2d_1a_3x3.conv.weight", "conv/conv2d_params"),
        Map.entry("Conv2d_4a_3x3.bn.weight", "conv_4/batchnorm/gamma"),
        Map.entry("Mixed_5b.branch5x5_2.bn.bias", "mixed/tower/conv_1/batchnorm/beta"),
        Map.entry("Mixed_5d.branch3x3dbl_3.bn.running_mean", "mixed_2/tower_1/conv_2/batchnorm/moving_mean"),
        Map.entry("Mixed_6a.branch3x3.bn.running_var", "mixed_3/conv/batchnorm/moving_variance"),
        Map.entry("Mixed_6a.branch3x3dbl_2.conv.weight", "mixed_3/tower/conv_1/conv2d_params"),
        Map.entry("Mixed_6b.branch7x7_3.conv.weight", "mixed_4/tower/conv_2/conv2d_params"),
        Map.entry("Mixed_6e.branch7x7dbl_5.conv.weight", "mixed_7/tower_1/conv_4/conv2d_params"),
        Map.entry("Mixed_6c.branch_pool.conv.weight", "mixed_5/tower_2/conv/conv2d_params"),
        Map.entry("Mixed_7a.branch3x3_2.conv.weight", "mixed_8/tower/conv_1/conv2d_params"),
        Map.entry("Mixed_7a.branch7x7x3_4.conv.weight", "mixed_8/tower_1/conv_3/conv2d_params"),
        Map.entry("Mixed_7b.branch3x3_2b.conv.weight", "mixed_9/tower/mixed/conv_1/conv2d_params"),
        Map.entry("Mixed_7c.branch3x3dbl_2.conv.weight", "mixed_10/tower_1/conv_1/conv2d_params"),
        Map.entry("Mixed_7c.branch3x3dbl_3a.conv.weight", "mixed_10/tower_1/mixed/conv/conv2d_params")));
  }

  @Test
  void aGraphWithoutSomeNodesIsRefused() throws Exception {
    Path file = Files.write(folder.resolve("cut.pb"), GraphDefWriter.constant("conv/conv2d_params",
        GraphDefWriter.tensor(GraphDefWriter.FLOAT, new byte[4 * 3 * 3 * 3 * 32], 3, 3, 3, 32)));
    assertThatThrownBy(() -> Inception.load(file, Device.CPU)).isInstanceOf(GillException.class)
        .hasMessage(file + " lacks 469 of the 470 constants of the Inception graph of 2015-12-05, first "
            + "conv/batchnorm/gamma: it is truncated, or another graph");
  }

  private static Map<String, TestTensors.Tensor> weights(JsonNode golden) {
    Map<String, TestTensors.Tensor> weights = new LinkedHashMap<>();
    for (JsonNode key : golden.get("keys")) {
      int[] shape = new int[key.get(1).size()];
      for (int i = 0; i < shape.length; i++) {
        shape[i] = key.get(1).get(i).asInt();
      }
      weights.put(key.get(0).asText(), weight(key.get(0).asText(), weights.size(), shape));
    }
    return weights;
  }

  private static void assertFeatures(JsonNode golden, Path file) {
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
