package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AvailableMemoryTest {
  /** Number of weights that fit into no machine. */
  private static final long MANY = 1L << 39;

  @TempDir private Path folder;

  @Test
  void addsWhatLinuxCallsAvailableAndFreeSwap() {
    String meminfo = "MemTotal:       24587020 kB\nMemFree:  1000 kB\nMemAvailable:    2048 kB\n"
        + "SwapTotal:  9 kB\nSwapFree:         1024 kB\n";
    assertThat(AvailableMemory.available(meminfo, true)).isEqualTo(3 << 20);
    assertThat(AvailableMemory.available(meminfo, false)).isEqualTo(2 << 20);
    assertThat(AvailableMemory.available("", true)).isEqualTo(Long.MAX_VALUE);
    assertThat(AvailableMemory.available("MemAvailable: 99999999999999999999999 kB\n", true))
        .isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void saysWhatIsNeededAndAvailable() {
    AvailableMemory.require(Path.of("m"), 5, 5, "use less");
    assertThatThrownBy(() -> AvailableMemory.require(Path.of("m"), 13_400_000_000L, 9_800_000_000L, "use less"))
        .isInstanceOf(GillException.class)
        .hasMessage("m needs 13.4 GB of memory, but 9.8 GB are available: use less");
  }

  @Test
  void weightsThatCannotFitAreRefusedBeforeTheyAreRead() throws IOException {
    Path path = folder.resolve("model.safetensors"); // sparse: takes no space
    String header = "{\"a.weight\":{\"dtype\":\"F16\",\"shape\":[" + (MANY >> 20) + ",1048576],\"data_offsets\":[0,"
        + 2 * MANY + "]}}";
    byte[] json = (header + " ".repeat(7 - (header.length() + 7) % 8)).getBytes(StandardCharsets.UTF_8);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
      file.write(json);
      file.setLength(8 + json.length + 2 * MANY);
    }
    try (TensorFile file = TensorFile.open(path); Scope owner = Scope.owner()) {
      assertThatThrownBy(() -> Weights.of(file, owner, Device.CPU, Precision.FLOAT32))
          .isInstanceOf(GillException.class).hasMessageContaining(path + " needs 2199.0 GB of memory, but ");
      assertThatThrownBy(() -> Weights.of(file, owner, Device.CPU, Precision.FLOAT32, Quantization.INT8))
          .isInstanceOf(GillException.class).hasMessageContaining("'quantize' of gill-examples");
      assertThatCode(() -> Weights.plan(file, owner, Quantization.INT8)).doesNotThrowAnyException();
    }
  }
}
