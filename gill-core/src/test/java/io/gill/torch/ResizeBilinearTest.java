package io.gill.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The expected values are sums of the pixels under a triangle whose half width is the scale, at least one pixel. */
class ResizeBilinearTest {
  private static final float LIMIT = 1e-5f;

  private static float[] resized(float[] pixels, long height, long width, long toHeight, long toWidth) {
    return Scope.compute("resizing", () ->
        Tensor.of(pixels, 1, 1, height, width).resizeBilinear(toHeight, toWidth).toFloats());
  }

  @Test
  void allPixelsCountWhereAnImageShrinks() {
    float[] pixels = new float[5 * 7];
    IntStream.range(0, pixels.length).forEach(i -> pixels[i] = (7 * (i / 7) * (i / 7) + 3 * (i % 7)) % 11);
    assertThat(resized(pixels, 5, 7, 2, 3)).containsExactly(
        new float[] {5.3409091f, 5.1791444f, 4.1980519f, 4.6266234f, 4.5026738f, 5.1980519f}, within(LIMIT));
  }

  @Test
  void eachSideHasItsOwnScale() {
    assertThat(resized(new float[] {1, 2, 4, 3, 0, 5}, 2, 3, 3, 2)).containsExactly(
        new float[] {1.375f, 3.25f, 1.625f, 3.1875f, 1.875f, 3.125f}, within(LIMIT));
  }
}
