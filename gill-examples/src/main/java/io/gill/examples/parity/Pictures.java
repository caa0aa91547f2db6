package io.gill.examples.parity;

import io.gill.image.ImageReadOptions;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.nio.file.Path;

/** Images in the form of the published code. */
final class Pictures {
  private static final ImageReadOptions AS_STORED = ImageReadOptions.builder().applyOrientation(false).build();

  private Pictures() {}

  /** Reads a file without applying its orientation: the published code ignores EXIF data. */
  static BufferedImage read(Path file) {
    return Images.read(file, AS_STORED);
  }

  /** Returns every {@code step}-th pixel of every {@code step}-th row as red, green, blue. */
  static byte[] rgb(BufferedImage image, int step) {
    BufferedImage rgb = Images.toRgb(image);
    int columns = (rgb.getWidth() + step - 1) / step;
    int rows = (rgb.getHeight() + step - 1) / step;
    byte[] bytes = new byte[3 * rows * columns];
    for (int y = 0, to = 0; y < rows; y++) {
      for (int x = 0; x < columns; x++) {
        int color = rgb.getRGB(x * step, y * step);
        bytes[to++] = (byte) (color >> 16);
        bytes[to++] = (byte) (color >> 8);
        bytes[to++] = (byte) color;
      }
    }
    return bytes;
  }

  /** Returns every {@code step}-th value of every {@code step}-th row of each plane. */
  static float[] everyNth(float[] planes, int height, int width, int step) {
    int rows = (height + step - 1) / step;
    int columns = (width + step - 1) / step;
    float[] kept = new float[planes.length / (height * width) * rows * columns];
    for (int i = 0; i < kept.length; i++) {
      int y = i / columns % rows * step;
      kept[i] = planes[i / (rows * columns) * height * width + y * width + i % columns * step];
    }
    return kept;
  }

  /** Compares by the largest difference, in levels of 255. */
  static void compare(Check check, String what, byte[] actual, byte[] recorded, int levels) {
    check.within(what, levels(actual), levels(recorded), levels);
  }

  private static double[] levels(byte[] bytes) {
    double[] levels = new double[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      levels[i] = bytes[i] & 0xff;
    }
    return levels;
  }

  /** Compares a generated picture with a recorded file; floating-point differences may change a pixel by one level. */
  static void compare(Check check, String what, BufferedImage actual, Path recorded) {
    BufferedImage expected = read(recorded);
    check.same(what + " size", size(actual), size(expected));
    if (size(actual).equals(size(expected))) {
      compare(check, what, rgb(actual, 1), rgb(expected, 1), 1);
    }
  }

  private static String size(BufferedImage image) {
    return image.getWidth() + "x" + image.getHeight();
  }
}
