package io.gill.testing;

import io.gill.stage.VisionEncoder;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Objects;

/** Encodes an image as its size and the colour of its centre. Immutable and thread-safe. */
public final class FakeVisionEncoder implements VisionEncoder {
  /** Creates an encoder. */
  public FakeVisionEncoder() {}

  @Override
  public float[][] encode(List<BufferedImage> images) {
    return Objects.requireNonNull(images, "images").stream().map(image -> {
      int rgb = image.getRGB(image.getWidth() / 2, image.getHeight() / 2);
      return new float[] {
        image.getWidth() / 100f, image.getHeight() / 100f,
        (rgb >> 16 & 0xff) / 255f, (rgb >> 8 & 0xff) / 255f, (rgb & 0xff) / 255f
      };
    }).toArray(float[][]::new);
  }
}
