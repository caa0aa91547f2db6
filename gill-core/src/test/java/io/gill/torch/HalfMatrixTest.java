package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gill.Device;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.testsupport.Parity;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class HalfMatrixTest {
  @TempDir private Path folder;

  @BeforeEach
  void requireFbgemm() {
    assumeThat(HalfMatrix.isAvailable()).isTrue();
  }

  /** Otherwise the other tests would be skipped where they should run. */
  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void isForProcessorsWithoutProductsOf16Bits() {
    assertThat(HalfMatrix.isFor(ScalarType.BFloat16)).isEqualTo(!CpuInstructions.BFLOAT16);
    assertThat(HalfMatrix.isFor(ScalarType.Half)).isEqualTo(!CpuInstructions.BFLOAT16);
    assertThat(HalfMatrix.isFor(ScalarType.Float)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"300, 40, BFLOAT16", "1, 7, FLOAT16", "129, 64, FLOAT16", "4096, 1024, BFLOAT16"}) // the last on threads
  void multipliesLikeTheSameNumbersIn32Bits(int rows, int columns, Precision precision) {
    long before = Tensor.live();
    try (Scope owner = Scope.owner()) {
      Scope.compute("testing", () -> {
        Tensor weights = Tensor.of(RowwiseMatrixTest.random(rows * columns, 1), rows, columns).to(precision);
        HalfMatrix matrix = Objects.requireNonNull(HalfMatrix.of(weights, owner));
        Tensor exact = weights.to(Precision.FLOAT32);
        for (int count : new int[] {1, 2, 7, 40}) {
          Tensor x = Tensor.of(RowwiseMatrixTest.random(count * columns, 2), 1, count, columns);
          Tensor bias = Tensor.of(RowwiseMatrixTest.random(rows, 3), rows);
          Tensor y = matrix.multiply(x, bias);
          assertThat(y.shape()).containsExactly(1, count, rows);
          Parity.assertClose(count + " rows", y.toFloats(), x.linear(exact, bias).toFloats(), Parity.FORWARD);
          Tensor half = matrix.multiply(x.to(precision), bias.to(precision));
          assertThat(half.type()).isEqualTo(weights.type());
        }
        return null;
      });
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void numbersThatDoNotFitAreNotPacked() {
    try (Scope owner = Scope.owner()) {
      Scope.compute("testing", () -> {
        for (float wrong : new float[] {65_505, -1e20f, Float.NaN, Float.POSITIVE_INFINITY}) {
          assertThat(HalfMatrix.of(Tensor.of(new float[] {1, wrong}, 2, 1), owner)).as("%s", wrong).isNull();
        }
        assertThat(HalfMatrix.of(Tensor.of(new float[] {65_504, -65_504}, 2, 1), owner)).isNotNull();
        Tensor small = Tensor.of(new float[] {1e-3f, -1e-9f}, 2, 1); // 1e-9 would become 0
        assertThat(HalfMatrix.of(small.to(Precision.BFLOAT16), owner)).isNull();
        assertThat(HalfMatrix.of(small.to(Precision.FLOAT16), owner)).isNotNull();
        return null;
      });
    }
  }

  @Test
  void aMatrixWithoutRowsStaysAsItIs() {
    try (Scope owner = Scope.owner()) {
      Scope.compute("testing", () -> {
        Table table = new DenseMatrix(Tensor.of(new float[0], 0, 4).to(Precision.FLOAT16));
        assertThat(table.forProducts(owner)).isSameAs(table);
        return null;
      });
    }
  }

  /** The layers of a language model, and the table as its output layer; but not where gradients may be needed. */
  @ParameterizedTest
  @EnumSource(value = Precision.class, names = {"BFLOAT16", "FLOAT16"})
  void aLanguageModelsMatricesArePackedWhereThatIsFaster(Precision precision) {
    boolean packed = HalfMatrix.isFor(Torch.scalarType(precision));
    Path file = folder.resolve("weights.safetensors");
    TensorData data = TensorData.of(RowwiseMatrixTest.random(8 * 4, 1), 8, 4);
    TensorWriter.safetensors(file, Map.of("fc.weight", data, "table.weight", data), Map.of());
    long before = Tensor.live();
    try (TensorFile open = TensorFile.open(file); Scope owner = Scope.owner()) {
      Weights w = Weights.of(open, owner, Device.CPU, precision, Quantization.NONE);
      assertThat(w.at("fc").matrix("weight", 8, 4)).isInstanceOf(packed ? HalfMatrix.class : DenseMatrix.class);
      Table table = w.at("table").table("weight", 8, 4);
      assertThat(table).isInstanceOf(DenseMatrix.class);
      w.finish("a model");
      Matrix output = Scope.compute("testing", () -> table.forProducts(owner));
      assertThat(output).isInstanceOf(packed ? HalfMatrix.class : DenseMatrix.class);
      Weights frozen = Weights.of(open, owner, Device.CPU, precision);
      assertThat(frozen.at("fc").matrix("weight", 8, 4)).isInstanceOf(DenseMatrix.class);
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }
}
