package io.gill.examples.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureFileTest {
  private static final HashCode FIRST = Hashing.sha256().hashInt(1);
  private static final HashCode SECOND = Hashing.sha256().hashInt(2);
  private static final int RECORD = 32 + 3 * Float.BYTES + Integer.BYTES;

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("scoring/features.bin");
  }

  private void write() {
    try (FeatureFile features = FeatureFile.open(file(), 3)) {
      features.add(FIRST, new float[] {1, -0f, Float.MIN_VALUE});
      features.add(SECOND, new float[] {4, 5, 6});
    }
  }

  @Test
  void aTornRecordIsDroppedAndTheOthersStay() throws IOException {
    write();
    byte[] whole = Files.readAllBytes(file());
    assertThat(whole).hasSize(2 * RECORD);
    for (int cut = 1; cut <= RECORD; cut++) {
      Files.write(file(), Arrays.copyOf(whole, whole.length - cut));
      try (FeatureFile features = FeatureFile.open(file(), 3)) {
        assertThat(features.get(FIRST)).containsExactly(1, -0f, Float.MIN_VALUE);
        assertThat(features.get(SECOND)).isNull();
        features.add(SECOND, new float[] {4, 5, 6});
        assertThat(features.get(SECOND)).containsExactly(4, 5, 6);
      }
      assertThat(Files.readAllBytes(file())).isEqualTo(whole);
    }
  }

  @Test
  void aDamagedRecordIsNamed() throws IOException {
    write();
    byte[] bytes = Files.readAllBytes(file());
    for (int i : new int[] {RECORD, RECORD + 40, 2 * RECORD - 1}) {
      byte[] damaged = bytes.clone();
      damaged[i] ^= 1;
      Files.write(file(), damaged);
      assertThatThrownBy(() -> FeatureFile.open(file(), 3)).isInstanceOf(GillException.class)
          .hasMessage(file() + " is damaged at byte " + RECORD + ": delete it to compute its features again");
    }
  }

  @Test
  void twoProcessesCannotShareAFile() {
    try (FeatureFile features = FeatureFile.open(file(), 3)) {
      assertThatThrownBy(() -> FeatureFile.open(file(), 3)).hasMessageContaining("in use by another evaluation");
      features.add(FIRST, new float[3]);
    }
  }
}
