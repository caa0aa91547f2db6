package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.testsupport.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZipContainerTest {
  private static final Path GOOD = Reference.path("golden", "checkpoints", "good", "dtypes_zip.pth");

  @TempDir Path dir;

  @Test
  void aRecompressedCheckpointReadsTheSame() throws Exception {
    Path packed = repack(name -> name);
    try (TensorFile stored = TensorFile.open(GOOD);
        TensorFile deflated = TensorFile.open(packed)) {
      assertThat(deflated.names()).containsExactlyElementsOf(stored.names());
      for (String name : stored.names()) {
        assertThat(deflated.get(name).bytes()).isEqualTo(stored.get(name).bytes());
        assertThat(deflated.get(name).bytes().isDirect()).isTrue();
      }
    }
  }

  @Test
  void twoCheckpointsInOneZipAreRefused() throws Exception {
    Path packed = repack(name -> name.endsWith("byteorder") ? "other/data.pkl" : name);
    assertThatThrownBy(() -> TensorFile.open(packed))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("more than one data.pkl");
  }

  @Test
  void aChecksumOfZeroMeansNoneWasWritten() throws Exception {
    byte[] bytes = Files.readAllBytes(GOOD);
    ByteBuffer zip = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < bytes.length - 46; at++) {
      if (zip.getInt(at) == 0x02014b50) {
        zip.putInt(at + 16, 0);
      }
    }
    Path unchecked = Files.write(dir.resolve("unchecked.pth"), bytes);
    try (TensorFile expected = TensorFile.open(GOOD);
        TensorFile file = TensorFile.open(unchecked)) {
      assertThat(file.get("f32").bytes()).isEqualTo(expected.get("f32").bytes());
    }
  }

  @Test
  void aRecordThatClaimsToExpandBeyondWhatDeflateCanIsRefusedUnread() throws Exception {
    byte[] bytes = Files.readAllBytes(repack(name -> name));
    ByteBuffer zip = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < bytes.length - 46; at++) {
      if (zip.getInt(at) == 0x02014b50) {
        zip.putInt(at + 24, 60_000_000);
      }
    }
    Path bomb = Files.write(dir.resolve("bomb.pth"), bytes);
    assertThatThrownBy(() -> TensorFile.open(bomb))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("claims to expand");
  }

  @Test
  void aPickleThatUnfoldsFromNextToNothingIsRefusedBeforeItIsBuilt() throws Exception {
    Path bomb = dir.resolve("bomb.pth");
    try (ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(bomb))) {
      to.putNextEntry(new ZipEntry("archive/data.pkl"));
      to.write(("\u0080\u0002]" + "}a".repeat(3_000_000) + ".").getBytes(StandardCharsets.ISO_8859_1));
      to.closeEntry();
    }
    assertThatThrownBy(() -> TensorFile.open(bomb))
        .isInstanceOf(GillException.class)
        .hasMessageStartingWith(bomb + " has a pickle that unfolds ");
  }

  private Path repack(UnaryOperator<String> rename) throws Exception {
    Path packed = dir.resolve("packed.pth");
    try (ZipFile from = new ZipFile(GOOD.toFile());
        ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(packed))) {
      for (ZipEntry entry : from.stream().toList()) {
        to.putNextEntry(new ZipEntry(rename.apply(entry.getName())));
        to.write(from.getInputStream(entry).readAllBytes());
        to.closeEntry();
      }
    }
    return packed;
  }
}
