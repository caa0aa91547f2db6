package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LatentColoursTest {
  private static final int GREY = 0x808080;

  /** A channel of ones, at 127.5 · (1 + coefficient). */
  @ParameterizedTest
  @CsvSource({
    "768, 0, 172, 157, 169", "1024, 1, 169, 191, 157", "768, 2, 91, 150, 162", "768, 3, 100, 94, 36",
    "2048, 0, 188, 179, 183", "2048, 3, 101, 93, 99"
  })
  void showsEachChannelInItsColour(int family, int channel, int red, int green, int blue) {
    LatentColours colours = LatentColours.of(family, 4).orElseThrow();
    float[] latents = new float[4 * 2 * 3];
    Arrays.fill(latents, channel * 6, channel * 6 + 6, 1);
    BufferedImage image = colours.image(latents, 0, 2, 3, 8);
    assertThat(image.getWidth()).isEqualTo(24);
    assertThat(image.getHeight()).isEqualTo(16);
    for (int x = 0; x < 24; x++) {
      assertThat(image.getRGB(x, x * 15 / 23) & 0xFFFFFF).isEqualTo(red << 16 | green << 8 | blue);
    }
  }

  @Test
  void showsEachImageOfABatchInItsPlace() {
    float[] latents = new float[2 * 4 * 4];
    latents[16 + 1] = 100; // first channel of the second image, upper right
    LatentColours colours = LatentColours.of(768, 4).orElseThrow();
    BufferedImage first = colours.image(latents, 0, 2, 2, 8);
    assertThat(first.getRGB(15, 0) & 0xFFFFFF).isEqualTo(GREY);
    BufferedImage second = colours.image(latents, 1, 2, 2, 8);
    assertThat(second.getRGB(15, 0) & 0xFFFFFF).isEqualTo(0xFFFFFF);
    assertThat(second.getRGB(0, 15) & 0xFFFFFF).isEqualTo(GREY);
  }

  @Test
  void doesNotKnowOtherLatents() {
    assertThat(LatentColours.of(128, 4)).isEmpty();
    assertThat(LatentColours.of(768, 16)).isEmpty();
  }
}
