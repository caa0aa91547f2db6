package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.testsupport.Parity;
import io.gill.weights.DType;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowwiseMatrixTest {
  private static final String KEY = "fc.weight";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"INT8, 300, 40", "INT4, 300, 40", "INT8, 16, 200", "INT4, 129, 7", "INT8, 128, 1",
      "INT8, 4096, 2048", "INT4, 4097, 2048"}) // large enough for several threads
  void multipliesLikeTheMatrixItStandsFor(Quantization quantization, int rows, int columns) {
    float[] weights = random(rows * columns, 1);
    with(weights, rows, columns, quantization, matrix -> {
      assertThat(matrix).isInstanceOf(RowwiseMatrix.class);
      Tensor all = matrix.select(numbers(rows)); // the weights that the integers stand for
      assertThat(all.shape()).containsExactly(rows, columns);
      for (int count : new int[] {1, 2, 5, 9, 10}) {
        Tensor x = Tensor.of(random(count * columns, 2), count, columns);
        Tensor bias = Tensor.of(random(rows, 3), rows);
        float[] expected = x.linear(all, bias).toFloats();
        Parity.assertClose(count + " rows", matrix.multiply(x, bias).toFloats(), expected, Parity.FORWARD);
        Parity.assertClose(count + " rows without bias", matrix.multiply(x.reshape(1, count, columns), null).toFloats(),
            x.linear(all, null).toFloats(), Parity.FORWARD);
      }
      Parity.assertClose("mean", matrix.mean().toFloats(), all.mean(0).toFloats(), Parity.FORWARD);
    });
  }

  @ParameterizedTest
  @CsvSource({"INT8, 255", "INT4, 15"})
  void roundsToTheNearestOfTheStepsInTheGroup(Quantization quantization, int steps) {
    int rows = RowwiseFormat.GROUP;
    int columns = 30;
    float[] weights = random(rows * columns, 4);
    with(weights, rows, columns, quantization, matrix -> {
      float[] rounded = matrix.select(numbers(rows)).toFloats();
      for (int column = 0; column < columns; column++) {
        float low = Float.MAX_VALUE;
        float high = -Float.MAX_VALUE;
        double error = 0;
        for (int row = 0; row < rows; row++) {
          float weight = weights[row * columns + column];
          low = Math.min(low, weight);
          high = Math.max(high, weight);
          error += Math.pow(rounded[row * columns + column] - weight, 2);
        }
        double step = (high - low) / steps;
        // A uniform rounding error of ± half a step has a standard deviation of step / √12.
        assertThat(Math.sqrt(error / rows)).as("column %d", column).isPositive().isLessThan(1.2 * step / Math.sqrt(12));
      }
    });
  }

  @Test
  void refusesTablesThatDoNotFit() {
    assertThat(refusal(DType.U8, new long[] {3, 40, 136})).isNull();
    assertThat(refusal(DType.U8, new long[] {5, 40, 72})).isNull(); // groups of 64
    assertThat(refusal(DType.U8, new long[] {2, 40, 136}))
        .contains("fc.weight_int8 is [2, 40, 136] instead of U8 [3, 40, 136]");
    assertThat(refusal(DType.U8, new long[] {3, 41, 136})).contains("[3, 41, 136]");
    assertThat(refusal(DType.U8, new long[] {3, 40, 8})).contains("[3, 40, 8]");
    assertThat(refusal(DType.U8, new long[] {3, 40, 140})).contains("[3, 40, 140]");
    assertThat(refusal(DType.U8, new long[] {3, 5440})).contains("[3, 5440]");
    assertThat(refusal(DType.I8, new long[] {3, 40, 136})).contains("I8 [3, 40, 136]");
    assertThat(refusal(DType.F32, new long[] {3, 40, 136})).contains("[3, 40, 136] instead of U8");
  }

  @Test
  void onlyStateDictsOfLanguageModelsKnowQuantisedMatrices() {
    assertThat(refusal(DType.U8, new long[] {3, 40, 136})).isNull();
    try (TensorFile open = TensorFile.open(folder.resolve("table.safetensors")); Scope owner = Scope.owner()) {
      Weights w = Weights.of(open, owner, Device.CPU, Precision.FLOAT32);
      w.at("fc").matrix("weight", 300, 40);
      assertThatThrownBy(() -> w.finish("a layer")).isInstanceOf(GillException.class)
          .hasMessageContaining("missing fc.weight; unexpected fc.weight_int8");
    }
  }

  private String refusal(DType type, long[] shape) {
    long size = type.byteSize();
    for (long length : shape) {
      size *= length;
    }
    Path file = folder.resolve("table.safetensors");
    TensorWriter.safetensors(file,
        Map.of(KEY + "_int8", new TensorData(type, shape, ByteBuffer.allocate((int) size))), Map.of());
    try (TensorFile open = TensorFile.open(file); Scope owner = Scope.owner()) {
      Weights w = Weights.of(open, owner, Device.CPU, Precision.FLOAT32, Quantization.NONE);
      w.at("fc").matrix("weight", 300, 40);
      w.finish("a layer");
      return null;
    } catch (GillException e) {
      return e.getMessage();
    }
  }

  @Test
  void refusesWeightsThatAreNotFinite() {
    float[] weights = random(64, 5);
    weights[7] = Float.NaN;
    assertThatThrownBy(() -> with(weights, 8, 8, Quantization.INT8, matrix -> {}))
        .isInstanceOf(GillException.class).hasMessageContaining("fc.weight holds NaN or infinity");
  }

  private void with(float[] weights, int rows, int columns, Quantization quantization, Consumer<Table> body) {
    Path file = folder.resolve("weights.safetensors");
    TensorWriter.safetensors(file, new LinkedHashMap<>(Map.of(KEY, TensorData.of(weights, rows, columns))), Map.of());
    long before = Tensor.live();
    try (TensorFile open = TensorFile.open(file); Scope owner = Scope.owner()) {
      Weights w = Weights.of(open, owner, Device.CPU, Precision.FLOAT32, quantization);
      Table matrix = quantization == Quantization.INT8
          ? w.at("fc").table("weight", rows, columns) : (Table) w.at("fc").matrix("weight", rows, columns);
      w.finish("a layer");
      Scope.compute("testing", () -> {
        body.accept(matrix);
        return null;
      });
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  static float[] random(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() + 0.1f;
    }
    return values;
  }

  static long[] numbers(int count) {
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = i;
    }
    return numbers;
  }
}
