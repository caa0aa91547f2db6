package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.Device;
import io.gill.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class MallocTest {
  private static final long MEBIBYTE = 1 << 20;

  @Test
  @EnabledOnOs(OS.LINUX)
  void aClosedModelLeavesItsMemoryToOthers() throws IOException {
    long filled;
    try (Scope owner = Scope.owner()) {
      for (int i = 0; i < 128; i++) { // in blocks that the heap keeps
        Scope.compute("filling memory", () -> owner.keep(Tensor.zeros(Precision.FLOAT32, Device.CPU, MEBIBYTE)));
      }
      filled = resident();
    }
    Malloc.returnFreedMemory();
    assertThat(filled - resident()).isGreaterThan(400 * MEBIBYTE);
  }

  private static long resident() throws IOException {
    Matcher line = Pattern.compile("VmRSS:\\s+(\\d+) kB").matcher(Files.readString(Path.of("/proc/self/status")));
    assertThat(line.find()).isTrue();
    return Long.parseLong(line.group(1)) * 1024;
  }
}
