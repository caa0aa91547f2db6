package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.testsupport.Parity;
import io.gill.weights.DType;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PackedMatrixTest {
  @TempDir private Path folder;

  /** Otherwise the other tests would be skipped where they should run. */
  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void usesTheInstructionsThatTheCpuHas() throws IOException {
    boolean vnni = Files.readString(Path.of("/proc/cpuinfo")).contains(" avx512_vnni");
    assumeThat(System.getenv()).doesNotContainKeys("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA");
    assertThat(IntegerKernel.fastest()).isEqualTo(
        vnni && Torch.cpuCapability().equals("AVX512") ? IntegerKernel.ONEDNN : IntegerKernel.FBGEMM);
    assertThat(PackedMatrix.isFor(RowwiseFormat.INT8, 1)).isTrue();
    assertThat(PackedMatrix.isFor(RowwiseFormat.INT4, 1)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"300, 40", "16, 200", "128, 1", "1, 7", "129, 64", "4096, 2048"}) // the last is for several threads
  void multipliesLikeTheIntegersThatStandForTheMatrix(int rows, int columns) {
    with(RowwiseMatrixTest.random(rows * columns, 1), rows, columns, (matrix, table) -> {
      Tensor ones = Tensor.of(identity(columns), columns, columns);
      Tensor products = matrix.multiply(ones, null).transpose(0, 1).contiguous(); // (N, K), about s · q
      Tensor scales = products.largestMagnitude(1).div(127); // (N, 1)
      Tensor integers = products.div(scales).round();
      Tensor weights = integers.mul(scales);
      Tensor differences = table.select(RowwiseMatrixTest.numbers(rows)).div(scales).add(integers.mul(-1));
      assertThat(differences.reshape(1, -1).largestMagnitude(1).toFloats()[0]).isLessThan(0.501f);
      for (int count : new int[] {1, 2, 3, 9, 40}) {
        Tensor x = Tensor.of(RowwiseMatrixTest.random(count * columns, 2), count, columns);
        Tensor read = Tensor.of(rounded(x.toFloats(), columns), count, columns);
        Tensor bias = Tensor.of(RowwiseMatrixTest.random(rows, 3), rows);
        Parity.assertClose(count + " rows", matrix.multiply(x, bias).toFloats(), read.linear(weights, bias).toFloats(),
            Parity.FORWARD);
        Parity.assertClose(count + " rows without bias", matrix.multiply(x.reshape(1, count, columns), null).toFloats(),
            read.linear(weights, null).toFloats(), Parity.FORWARD);
      }
    });
  }

  @ParameterizedTest
  @CsvSource({"1", "3"})
  void layersOfOneInputComputeWhatTheyComputeAlone(int count) {
    int columns = 512;
    with(RowwiseMatrixTest.random(6000 * columns, 1), 6000, columns, (matrix, table) -> {
      Tensor x = Tensor.of(RowwiseMatrixTest.random(count * columns, 2), 1, count, columns);
      Linear biased = new Linear(matrix, Tensor.of(RowwiseMatrixTest.random(6000, 3), 6000));
      Linear plain = new Linear(matrix, null);
      Linear dense = new Linear(new DenseMatrix(Tensor.of(RowwiseMatrixTest.random(7 * columns, 4), 7, columns)), null);
      for (Linear[] layers : new Linear[][] {{biased, plain}, {plain, dense, biased}}) {
        List<Tensor> outputs = Linear.applyAll(x, layers);
        assertThat(outputs).hasSameSizeAs(layers);
        for (int i = 0; i < layers.length; i++) {
          Tensor alone = layers[i].apply(x);
          assertThat(outputs.get(i).shape()).isEqualTo(alone.shape());
          assertThat(outputs.get(i).toFloats()).isEqualTo(alone.toFloats());
        }
      }
    });
  }

  @Test
  void aRowDoesNotDependOnTheOthers() {
    int columns = 96;
    with(RowwiseMatrixTest.random(200 * columns, 1), 200, columns, (matrix, table) -> {
      float[] few = RowwiseMatrixTest.random(3 * columns, 2);
      few[5] = 1e6f; // rows of different size
      few[columns + 7] = 1e-6f;
      float[] together = matrix.multiply(Tensor.of(few, 3, columns), null).toFloats();
      for (int row = 0; row < 3; row++) {
        float[] one = Arrays.copyOfRange(few, row * columns, (row + 1) * columns);
        assertThat(matrix.multiply(Tensor.of(one, 1, columns), null).toFloats())
            .isEqualTo(Arrays.copyOfRange(together, row * 200, (row + 1) * 200));
      }
    });
  }

  @Test
  void acceptsAnyNumbers() {
    int columns = 8;
    with(RowwiseMatrixTest.random(4 * columns, 1), 4, columns, (matrix, table) -> {
      Tensor bias = Tensor.of(new float[] {1, 2, 3, 4}, 4);
      assertThat(matrix.multiply(Tensor.of(new float[columns], 1, columns), bias).toFloats())
          .containsExactly(1, 2, 3, 4);
      float[] sums = matrix.multiply(filled(1, columns), null).toFloats();
      Parity.assertClose("large numbers",
          matrix.multiply(filled(1e30f, columns), null).mul(1e-30).toFloats(), sums, Parity.FORWARD);
      assertThat(matrix.multiply(filled(1e-38f, columns), null).toFloats()).containsOnly(0);
      for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
        float[] x = new float[2 * columns];
        x[3] = wrong;
        float[] y = matrix.multiply(Tensor.of(x, 2, columns), null).toFloats();
        for (int i = 0; i < 4; i++) {
          assertThat(Float.isFinite(y[i])).isFalse();
        }
        assertThat(Arrays.copyOfRange(y, 4, 8)).containsOnly(0);
      }
    });
  }

  /** Whatever the CPU has; both kernels differ in the bits that they read. */
  @ParameterizedTest
  @EnumSource
  void bothKernelsComputeTheSame(IntegerKernel kernel) {
    Torch.ensureLoaded();
    assumeThat(kernel.isAvailable()).isTrue();
    int rows = 300;
    int columns = 1000;
    long before = Tensor.live();
    try (Scope owner = Scope.owner()) {
      Scope.compute("testing", () -> {
        Tensor weights = Tensor.of(RowwiseMatrixTest.random(rows * columns, 1), rows, columns);
        Matrix matrix =
            PackedMatrix.of(kernel, rows, columns, rows, block -> weights, owner, () -> fail("not finite"));
        Tensor scales = weights.largestMagnitude(1).div(127);
        Tensor integers = weights.div(scales).round().mul(scales);
        float[] x = RowwiseMatrixTest.random(4 * columns, 2);
        x[2 * columns + 5] = 200; // with 14 bits, the other numbers of this row would have 6
        Tensor input = Tensor.of(x, 4, columns);
        double[] error = new double[4];
        double[] size = new double[4];
        float[] found = matrix.multiply(input, null).toFloats();
        float[] expected = input.linear(integers, null).toFloats();
        for (int i = 0; i < found.length; i++) {
          error[i / rows] += Math.pow(found[i] - expected[i], 2);
          size[i / rows] += Math.pow(expected[i], 2);
        }
        for (int row = 0; row < 4; row++) {
          assertThat(Math.sqrt(error[row] / size[row])).as("row %d", row).isLessThan(2e-4);
        }
        return null;
      });
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void thePackedWeightsAreFreedWithTheirOwner() {
    IntegerKernel kernel = IntegerKernel.fastest();
    assumeThat(kernel).isNotNull();
    List<PackedMatrix> matrices = new ArrayList<>();
    try (Scope owner = Scope.owner()) {
      Scope.compute("testing", () -> {
        Tensor weights = Tensor.of(RowwiseMatrixTest.random(64 * 32, 1), 64, 32);
        matrices.add(PackedMatrix.of(64, 32, 64, block -> weights, owner, () -> fail("not finite")));
        return null;
      });
      assertThat(matrices.get(0).pieces()).noneMatch(piece -> piece.integers().values().isNull());
    }
    assertThat(matrices.get(0).pieces()).allMatch(piece -> piece.integers().values().isNull());
  }

  /** Numbers beside one a thousand times as large are still read to a hundredth. */
  @Test
  void readsTheSmallNumbersBesideALargeOne() {
    int columns = 200;
    with(RowwiseMatrixTest.random(50 * columns, 1), 50, columns,
        (matrix, table) -> assertThat(errorBeside(1000, matrix, columns)).isLessThan(0.01));
  }

  /** Where weights have a mean, the difference to Z · Σ q is small beside both. */
  @Test
  void readsTheSmallNumbersOfWeightsThatAreNotAroundZero() {
    assumeThat(IntegerKernel.fastest()).isEqualTo(IntegerKernel.FBGEMM); // another has no third digit
    int columns = 4096;
    float[] weights = RowwiseMatrixTest.random(50 * columns, 1);
    for (int i = 0; i < weights.length; i++) {
      weights[i] += 2;
    }
    with(weights, 50, columns,
        (matrix, table) -> assertThat(errorBeside(10_000, matrix, columns)).isLessThan(0.005));
  }

  /** Returns how much a large number in the input changes what the others give, of their size. */
  private static double errorBeside(float number, Matrix matrix, int columns) {
    float[] x = RowwiseMatrixTest.random(columns, 2);
    x[17] = 0;
    float[] small = matrix.multiply(Tensor.of(x, 1, columns), null).toFloats();
    float[] large = new float[columns];
    large[17] = number;
    float[] alone = matrix.multiply(Tensor.of(large, 1, columns), null).toFloats();
    x[17] = number;
    float[] both = matrix.multiply(Tensor.of(x, 1, columns), null).toFloats();
    double error = 0;
    double size = 0;
    for (int i = 0; i < small.length; i++) {
      error += Math.pow(both[i] - alone[i] - small[i], 2);
      size += Math.pow(small[i], 2);
    }
    return Math.sqrt(error / size);
  }

  /** The sums reach 2³¹. */
  @Test
  void addsAsManyLargestProductsAsItsColumns() {
    int columns = IntegerKernel.fastest() == IntegerKernel.FBGEMM ? 132_104 : 66_311;
    float[] ones = new float[2 * columns];
    Arrays.fill(ones, 1);
    with(ones, 2, columns, (matrix, table) -> Parity.assertClose("sums of ones",
        matrix.multiply(filled(1, columns), null).toFloats(), new float[] {columns, columns}, Parity.FORWARD));
    assertThat(PackedMatrix.isFor(RowwiseFormat.INT8, columns + 1)).isFalse();
  }

  @Test
  void readsStoredGroupsOfAnySize() {
    assumeThat(PackedMatrix.isFor(RowwiseFormat.INT8, 1)).isTrue();
    int rows = 100;
    int columns = 5;
    for (int group : new int[] {64, 1024}) {
      int blocks = (rows + group - 1) / group;
      Random random = new Random(group);
      ByteBuffer records = ByteBuffer.allocate(blocks * columns * (group + 8)).order(ByteOrder.LITTLE_ENDIAN);
      float[] weights = new float[rows * columns];
      for (int block = 0; block < blocks; block++) {
        for (int column = 0; column < columns; column++) {
          byte[] integers = new byte[group];
          random.nextBytes(integers);
          float scale = 0.01f + random.nextFloat();
          float offset = random.nextFloat() - 100 * scale;
          records.put(integers).putFloat(scale).putFloat(offset);
          for (int i = 0; i < group && block * group + i < rows; i++) {
            weights[(block * group + i) * columns + column] = (integers[i] & 0xff) * scale + offset;
          }
        }
      }
      stored(new TensorData(DType.U8, new long[] {blocks, columns, group + 8}, records.flip()), rows, columns,
          matrix -> {
            float[] found = matrix.multiply(Tensor.of(identity(columns), columns, columns), null).transpose(0, 1)
                .contiguous().toFloats();
            for (int row = 0; row < rows; row++) {
              float largest = 0;
              for (int column = 0; column < columns; column++) {
                largest = Math.max(largest, Math.abs(weights[row * columns + column]));
              }
              for (int column = 0; column < columns; column++) {
                assertThat(found[row * columns + column])
                    .isCloseTo(weights[row * columns + column], Offset.offset(largest / 250));
              }
            }
          });
    }
  }

  @Test
  void refusesNumbersThatAreNotFinite() {
    assumeThat(PackedMatrix.isFor(RowwiseFormat.INT8, 1)).isTrue();
    for (float wrong : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, Float.MAX_VALUE}) {
      ByteBuffer records = ByteBuffer.allocate(2 * 72).order(ByteOrder.LITTLE_ENDIAN);
      records.put(3, (byte) 200).putFloat(64, wrong);
      assertThatThrownBy(() -> stored(new TensorData(DType.U8, new long[] {1, 2, 72}, records), 64, 2, matrix -> {}))
          .isInstanceOf(GillException.class).hasMessageContaining("fc.weight_int8 holds NaN or infinity");
    }
    assertThatThrownBy(() -> with(new float[] {1, Float.NaN}, 1, 2, (matrix, table) -> {}))
        .isInstanceOf(GillException.class).hasMessageContaining("fc.weight holds NaN or infinity");
  }

  private void stored(TensorData data, int rows, int columns, Consumer<Matrix> body) {
    Path file = folder.resolve("stored.safetensors");
    TensorWriter.safetensors(file, Map.of("fc.weight_int8", data), Map.of());
    try (TensorFile open = TensorFile.open(file); Scope owner = Scope.owner()) {
      Weights w = Weights.of(open, owner, Device.CPU, Precision.FLOAT32, Quantization.NONE);
      Matrix matrix = w.at("fc").matrix("weight", rows, columns);
      w.finish("a layer");
      assertThat(matrix).isInstanceOf(PackedMatrix.class);
      Scope.compute("testing", () -> {
        body.accept(matrix);
        return null;
      });
    }
  }

  @Test
  void rowsOfZerosStayZero() {
    float[] weights = new float[3 * 5];
    Arrays.fill(weights, 0, 5, 2);
    with(weights, 3, 5, (matrix, table) -> Parity.assertClose("a row of twos, rows of zeros",
        matrix.multiply(Tensor.of(new float[] {1, 1, 1, 1, 1}, 1, 5), null).toFloats(), new float[] {10, 0, 0},
        Parity.FORWARD));
  }

  private void with(float[] weights, int rows, int columns, BiConsumer<Matrix, Table> body) {
    assumeThat(PackedMatrix.isFor(RowwiseFormat.INT8, 1)).isTrue();
    Path file = folder.resolve("weights.safetensors");
    TensorData data = TensorData.of(weights, rows, columns);
    TensorWriter.safetensors(file, Map.of("fc.weight", data, "table.weight", data), Map.of());
    long before = Tensor.live();
    try (TensorFile open = TensorFile.open(file); Scope owner = Scope.owner()) {
      Weights w = Weights.of(open, owner, Device.CPU, Precision.FLOAT32, Quantization.INT8);
      Matrix matrix = w.at("fc").matrix("weight", rows, columns);
      Table table = w.at("table").table("weight", rows, columns);
      w.finish("a layer");
      assertThat(matrix).isInstanceOf(PackedMatrix.class);
      Scope.compute("testing", () -> {
        body.accept(matrix, table);
        body.accept(table.forProducts(owner), table);
        return null;
      });
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  /** Rounds rows to the integers of two digits. */
  private static float[] rounded(float[] x, int columns) {
    int most = (1 << (2 * Objects.requireNonNull(IntegerKernel.fastest()).bits() - 1)) - 1;
    float[] rounded = new float[x.length];
    for (int row = 0; row < x.length / columns; row++) {
      double largest = 0;
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        largest = Math.max(largest, Math.abs(x[i]));
      }
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        rounded[i] = (float) (Math.floor(x[i] / largest * most + 0.5) * largest / most);
      }
    }
    return rounded;
  }

  private static Tensor filled(float value, int columns) {
    float[] values = new float[columns];
    Arrays.fill(values, value);
    return Tensor.of(values, 1, columns);
  }

  private static float[] identity(int size) {
    float[] values = new float[size * size];
    for (int i = 0; i < size; i++) {
      values[i * size + i] = 1;
    }
    return values;
  }
}
