package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.testsupport.MappedPages;
import io.gill.weights.DType;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WeightsTest {
  @TempDir Path dir;

  @ParameterizedTest
  @EnumSource(names = "F8_.*", mode = EnumSource.Mode.MATCH_ALL)
  void everyFloatOfOneByteIsConvertedAsItIsRead(DType type) {
    byte[] bits = new byte[256];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = (byte) i;
    }
    try (TensorFile file = file(type, 256, bits);
        Scope owner = Scope.owner()) {
      Tensor taken = Weights.of(file, owner, Device.CPU, Precision.FLOAT32).take("w", 256);
      assertThat(taken.toFloats()).isEqualTo(file.get("w").toFloatArray());
    }
  }

  @Test
  void aTensorOfSeveralPiecesIsConvertedWithoutMakingTheFileMemoryOfTheProcess() {
    byte[] bytes = new byte[(1 << 20) + 6];
    new Random(1).nextBytes(bytes);
    try (TensorFile file = file(DType.I16, bytes.length / 2, bytes); Scope owner = Scope.owner()) {
      long before = MappedPages.resident(file.path()); // the header
      Tensor taken = new FileWeights(file, owner, Device.CPU, Precision.FLOAT32, Map.of()).load("w", false);
      assertThat(taken.toFloats()).isEqualTo(floats(bytes)); // containsExactly takes half a minute
      assertThat(MappedPages.resident(file.path())).isEqualTo(before);
    }
  }

  private static float[] floats(byte[] bytes) {
    ShortBuffer shorts = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
    float[] floats = new float[shorts.remaining()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = shorts.get(i);
    }
    return floats;
  }

  @Test
  void complexNumbersAreReportedAsUnfit() {
    try (TensorFile file = file(DType.C64, 2, new byte[16]);
        Scope owner = Scope.owner()) {
      Weights weights = Weights.of(file, owner, Device.CPU, Precision.FLOAT32);
      weights.take("w", 2);
      assertThatThrownBy(() -> weights.finish("a model"))
          .isInstanceOf(GillException.class)
          .hasMessageContaining("w is C64 instead of a floating-point type");
    }
  }

  private TensorFile file(DType type, int count, byte[] bytes) {
    Path path = dir.resolve("made.safetensors");
    TensorWriter.safetensors(
        path, Map.of("w", new TensorData(type, new long[] {count}, ByteBuffer.wrap(bytes))), Map.of());
    return TensorFile.open(path);
  }
}
