package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlGroupTest {
  @TempDir private Path root;

  private Path group(String name) throws IOException {
    return Files.createDirectories(root.resolve(name));
  }

  private static void write(Path group, String limitFile, String limit, String usedFile, String used, String statistics)
      throws IOException {
    Files.writeString(group.resolve(limitFile), limit + "\n");
    Files.writeString(group.resolve(usedFile), used + "\n");
    Files.writeString(group.resolve("memory.stat"), statistics);
  }

  private static void current(Path group, String limit, String used, String statistics) throws IOException {
    write(group, "memory.max", limit, "memory.current", used, statistics);
  }

  private long available(String own) {
    return new ControlGroup(root, own).available();
  }

  @Test
  void theCacheOfFilesIsFree() throws IOException {
    current(group("a"), "1000", "900", "anon 7\nactive_file 20\ninactive_file 300\nfile 999\n");
    assertThat(available("0::/a\n")).isEqualTo(420);
  }

  @Test
  void theGroupsAroundCount() throws IOException {
    current(group("a/b"), "max", "5", "");
    current(group("a"), "1000", "900", "");
    current(group("."), "500", "450", "");
    assertThat(available("0::/a/b\n")).isEqualTo(50);
  }

  @Test
  void insideAContainerTheGroupIsMountedAtTheTop() throws IOException {
    current(group("."), "1000", "1200", "");
    assertThat(available("0::/../../other\n")).isZero();
    assertThat(available("0::/docker/4711\n")).isZero();
  }

  @Test
  void theFirstVersionHasItsOwnFolderAndNames() throws IOException {
    write(group("memory/a"), "memory.limit_in_bytes", "1000", "memory.usage_in_bytes", "900",
        "active_file 1\ninactive_file 1\ntotal_active_file 10\ntotal_inactive_file 30\n");
    assertThat(available("9:name=systemd:/a\n4:memory:/a\n0::/\n")).isEqualTo(140);
    assertThat(available("4:cpu:/a\n")).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void withoutALimitEverythingIsAvailable() throws IOException {
    assertThat(available("")).isEqualTo(Long.MAX_VALUE);
    assertThat(available("0::/nowhere\n")).isEqualTo(Long.MAX_VALUE);
    current(group("a"), "max", "900", "");
    assertThat(available("0::/a\n")).isEqualTo(Long.MAX_VALUE);
  }
}
