package io.gill.langchain4j;

import io.gill.GillModel;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;

/** Shared by the tests of this package. */
final class Gill {
  private Gill() {}

  static GillModel saying(String... answers) {
    return FakeModel.saying(answers).build();
  }

  static BufferedImage red() {
    BufferedImage image = new BufferedImage(4, 3, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 12; i++) {
      image.setRGB(i % 4, i / 4, 0xff0000);
    }
    return image;
  }
}
