package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.Device;
import io.gill.GillException;
import io.gill.testsupport.SafetensorsWriter;
import io.gill.testsupport.TestTensors;
import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights and pictures are random numbers that the recorded run of the official code drew from the same formula. */
class LpipsTest {
  private static final int[] CONVOLUTIONS = {0, 3, 6, 8, 10};
  private static final int[][] SHAPES =
      {{64, 3, 11, 11}, {192, 64, 5, 5}, {384, 192, 3, 3}, {256, 384, 3, 3}, {256, 256, 3, 3}};
  private static final double LIMIT = 1e-4;

  @TempDir Path folder;

  @Test
  void distancesEqualThoseOfTheOfficialCode() throws Exception {
    long before = Tensor.live();
    try (Lpips metric = Lpips.load(alexNet(), heads(), Device.CPU)) {
      for (JsonNode item : Golden.read("lpips.json").get("cases")) {
        int height = item.get("height").asInt();
        int width = item.get("width").asInt();
        double mix = item.get("mix").asDouble();
        double[] x = bytes(3 * height * width, item.get("seed_x").asInt());
        double[] noise = bytes(3 * height * width, item.get("seed_y").asInt());
        double[] y = new double[x.length];
        for (int i = 0; i < y.length; i++) {
          y[i] = Math.rint(x[i] * (1 - mix) + noise[i] * mix);
        }
        BufferedImage first = picture(x, height, width);
        BufferedImage second = picture(y, height, width);
        double expected = item.get("distance").asDouble();
        assertThat(metric.distance(first, second)).isCloseTo(expected, within(LIMIT * expected));
        double[] layers = Golden.numbers(item.get("layers"));
        List<Double> actual = metric.distances(first, second, UnaryOperator.identity());
        for (int i = 0; i < layers.length; i++) {
          assertThat(actual.get(i)).as("layer " + i).isCloseTo(layers[i], within(LIMIT * layers[i]));
        }
        assertThat(metric.distance(first, first)).isZero();
        if (height == width) {
          assertThat(metric.distance(first, second, height)).isEqualTo(metric.distance(first, second));
        }
        assertThat(metric.distance(first, second, 40)).isPositive().isNotEqualTo(metric.distance(first, second));
      }
      assertThatThrownBy(() -> metric.distance(picture(new double[3 * 64 * 64], 64, 64),
          picture(new double[3 * 64 * 32], 64, 32))).hasMessage(
          "a picture of 64x64 pixels cannot be compared with one of 32x64 pixels: resize one of them");
      assertThat(metric.distance(picture(filled(3 * 64 * 64), 64, 64), picture(filled(3 * 64 * 32), 64, 32), 48))
          .isCloseTo(0, within(1e-9));
      assertThatThrownBy(() -> metric.distance(picture(new double[3 * 64 * 64], 64, 64),
          picture(new double[3 * 64 * 32], 64, 32), 30)).hasMessage("LPIPS needs at least 31 pixels a side, not 30");
      BufferedImage small = picture(new double[3 * 30 * 64], 30, 64);
      assertThatThrownBy(() -> metric.distance(small, small))
          .hasMessage("LPIPS needs pictures of at least 31 pixels a side, not 64x30");
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void exchangedFilesAreRefused() throws Exception {
    long before = Tensor.live();
    Path heads = heads();
    assertThatThrownBy(() -> Lpips.load(heads, heads, Device.CPU)).isInstanceOf(GillException.class)
        .hasMessageContaining("features.0.weight");
    assertThat(Tensor.live()).isEqualTo(before);
  }

  private Path alexNet() {
    Map<String, TestTensors.Tensor> tensors = new LinkedHashMap<>();
    for (int k = 0; k < CONVOLUTIONS.length; k++) {
      int[] shape = SHAPES[k];
      int fanIn = shape[1] * shape[2] * shape[3];
      String name = "features." + CONVOLUTIONS[k];
      tensors.put(name + ".weight", RandomWeights.tensor(k, Math.sqrt(24.0 / fanIn), 0, shape));
      tensors.put(name + ".bias", RandomWeights.tensor(10 + k, 0.1, 0, shape[0]));
    }
    tensors.put("classifier.1.bias", RandomWeights.tensor(0, 1, 0, 2)); // of the whole network, not needed
    Path file = folder.resolve("alexnet.safetensors");
    SafetensorsWriter.writeAsStored(file, tensors, Map.of());
    return file;
  }

  private Path heads() {
    Map<String, TestTensors.Tensor> tensors = new LinkedHashMap<>();
    for (int k = 0; k < SHAPES.length; k++) {
      tensors.put("lin" + k + ".model.1.weight", RandomWeights.tensor(20 + k, 1, 0.5, 1, SHAPES[k][0], 1, 1));
    }
    Path file = folder.resolve("heads.safetensors");
    SafetensorsWriter.writeAsStored(file, tensors, Map.of());
    return file;
  }

  private static double[] bytes(int count, int seed) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = Math.rint((RandomWeights.random(i, seed) + 0.5) * 255);
    }
    return values;
  }

  private static double[] filled(int count) {
    double[] values = new double[count];
    Arrays.fill(values, 200);
    return values;
  }

  private static BufferedImage picture(double[] channels, int height, int width) {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int pixels = height * width;
    for (int i = 0; i < pixels; i++) {
      int rgb = ((int) channels[i] << 16) | ((int) channels[pixels + i] << 8) | (int) channels[2 * pixels + i];
      picture.setRGB(i % width, i / width, rgb);
    }
    return picture;
  }
}
