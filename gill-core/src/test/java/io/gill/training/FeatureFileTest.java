package io.gill.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FeatureFileTest {
  private final FeatureFile file = new FeatureFile();

  @AfterEach
  void close() {
    file.close();
  }

  private static Path picture(int i) {
    return Path.of("picture" + i + ".png");
  }

  @Test
  void rowsAreReadAsTheyWereWrittenInAnyOrder() {
    assertThat(file.has(picture(0))).isFalse();
    for (int i = 0; i < 5; i++) {
      file.put(picture(i), row(i));
    }
    for (int i : new int[] {3, 0, 4, 4, 1}) {
      assertThat(file.has(picture(i))).isTrue();
      assertThat(file.get(picture(i))).containsExactly(row(i));
    }
    assertThat(file.has(picture(5))).isFalse();
  }

  private static float[] row(int i) {
    return new float[] {i, -0.5f * i, Float.MIN_VALUE};
  }

  @Test
  void rowsOfAnotherLengthAreRefused() {
    file.put(picture(0), new float[3]);
    assertThatThrownBy(() -> file.put(picture(1), new float[2])).isInstanceOf(GillException.class)
        .hasMessageContaining("2 features");
    assertThat(file.has(picture(1))).isFalse();
    assertThat(file.get(picture(0))).hasSize(3);
  }

  @Test
  void anInterruptDamagesNothing() {
    Thread.currentThread().interrupt();
    file.put(picture(0), new float[] {1});
    assertThat(file.get(picture(0))).containsExactly(1);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void closingForgetsAllRows() {
    file.put(picture(0), new float[] {1});
    file.close();
    assertThat(file.has(picture(0))).isFalse();
    file.put(picture(0), new float[] {2, 3});
    assertThat(file.get(picture(0))).containsExactly(2, 3);
  }
}
