package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFingerprintTest {
  @TempDir Path folder;

  @Test
  void namesAndContentsCountButNotTimes() throws IOException {
    Path weights = Files.createDirectories(folder.resolve("opt")).resolve("model.safetensors");
    Files.writeString(weights, "weights");
    String before = ModelFingerprint.of(folder);
    assertThat(before).matches("[0-9a-f]{16}");
    Files.setLastModifiedTime(weights, FileTime.from(Instant.EPOCH));
    Files.createDirectories(folder.resolve(".cache"));
    Files.writeString(folder.resolve(".cache/state"), "of a download");
    assertThat(ModelFingerprint.of(folder)).isEqualTo(before);
    Files.writeString(weights, "Weights");
    String retrained = ModelFingerprint.of(folder);
    Files.move(weights, folder.resolve("opt/other.safetensors"));
    String renamed = ModelFingerprint.of(folder);
    Files.writeString(folder.resolve("empty"), "");
    assertThat(new String[] {before, retrained, renamed, ModelFingerprint.of(folder)}).doesNotHaveDuplicates();
    assertThatThrownBy(() -> ModelFingerprint.of(folder.resolve("absent"))).isInstanceOf(GillException.class)
        .hasMessageStartingWith(folder.resolve("absent") + " cannot be read: ");
  }

  @Test
  void aFileHasAFingerprintOfItsContent() throws IOException {
    Path weights = Files.writeString(folder.resolve("taesd_decoder.pth"), "weights");
    String before = ModelFingerprint.of(weights);
    assertThat(ModelFingerprint.of(Files.copy(weights, folder.resolve(".copy")))).isEqualTo(before);
    Files.writeString(weights, "Weights");
    assertThat(ModelFingerprint.of(weights)).isNotEqualTo(before);
  }

  @Test
  void ofALargeFileThatIsNotReadWholeTheBeginningTheEndAndAChangedMatrixCount() throws IOException {
    Path weights = folder.resolve("model.safetensors");
    long size = (64L << 20) + 1;
    String[] seen = new String[4];
    try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
      file.setLength(size); // takes no space
      seen[0] = ModelFingerprint.of(folder);
      file.write(1);
      seen[1] = ModelFingerprint.of(folder);
      file.seek(size - 1);
      file.write(1);
      seen[2] = ModelFingerprint.of(folder);
      file.seek(30 << 20);
      byte[] matrix = new byte[64 << 10];
      Arrays.fill(matrix, (byte) 1);
      file.write(matrix);
      seen[3] = ModelFingerprint.of(folder);
    }
    assertThat(seen).doesNotHaveDuplicates();
  }
}
