package io.gill.examples.world;

import java.awt.image.BufferedImage;

/**
 * Paints scenes. It antialiases by its own 4×4 supersampling, so that the pixels are the same on every Java version.
 * Thread-safe.
 */
public final class SceneRenderer {
  /** The width and height of a picture in pixels. */
  public static final int SIDE = 64;

  private static final int SAMPLES = 4;
  private static final double SHIFT = 1.5;
  private static final double GROWTH = 0.5;
  private static final double SHADE = 6;

  private SceneRenderer() {}

  /**
   * Paints a scene without variation.
   *
   * @param scene the scene to paint
   * @return {@value #SIDE}×{@value #SIDE}, RGB
   */
  public static BufferedImage render(Scene scene) {
    Canvas canvas = new Canvas(scene.background().rgb(), 0);
    for (Thing thing : scene.things()) {
      Position place = thing.position();
      canvas.paint(thing, place.x(), place.y(), thing.size().radius(), 0);
    }
    return canvas.image();
  }

  /**
   * Paints a scene with a small variation per seed: things move by up to 1.5 pixels each way, their radius changes
   * by up to half a pixel, and shades by up to 6 of 255.
   *
   * @param scene the scene to paint
   * @param seed selects the variation
   * @return {@value #SIDE}×{@value #SIDE}, RGB
   */
  public static BufferedImage render(Scene scene, long seed) {
    Dice dice = new Dice(seed);
    Canvas canvas = new Canvas(scene.background().rgb(), dice.around(SHADE));
    for (Thing thing : scene.things()) {
      double x = thing.position().x() + dice.around(SHIFT);
      double y = thing.position().y() + dice.around(SHIFT);
      double radius = thing.size().radius() + dice.around(GROWTH);
      canvas.paint(thing, x, y, radius, dice.around(SHADE));
    }
    return canvas.image();
  }

  /** Painted pixels, one plane per channel. */
  private static final class Canvas {
    private final double[][] channels = new double[3][SIDE * SIDE];

    Canvas(int rgb, double shade) {
      for (int i = 0; i < SIDE * SIDE; i++) {
        blend(i, rgb, shade, 1);
      }
    }

    void paint(Thing thing, double centreX, double centreY, double radius, double shade) {
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          if (Math.max(Math.abs(x + 0.5 - centreX), Math.abs(y + 0.5 - centreY)) < radius + 2) {
            double coverage = coverage(thing.shape(), (x - centreX) / radius, (y - centreY) / radius, 1 / radius);
            blend(y * SIDE + x, thing.colour().rgb(), shade, coverage);
          }
        }
      }
    }

    private void blend(int pixel, int rgb, double shade, double coverage) {
      for (int c = 0; c < 3; c++) {
        double wanted = (rgb >> (16 - 8 * c) & 0xFF) + shade;
        channels[c][pixel] += coverage * (wanted - channels[c][pixel]);
      }
    }

    BufferedImage image() {
      BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
      for (int i = 0; i < SIDE * SIDE; i++) {
        int rgb = 0;
        for (double[] channel : channels) {
          rgb = rgb << 8 | (int) Math.max(0, Math.min(255, Math.rint(channel[i])));
        }
        image.setRGB(i % SIDE, i / SIDE, rgb);
      }
      return image;
    }
  }

  /** Returns the share of a square that a shape covers. The square's corner and side are in units of the shape. */
  static double coverage(Shape shape, double left, double top, double side) {
    int inside = 0;
    for (int j = 0; j < SAMPLES; j++) {
      for (int i = 0; i < SAMPLES; i++) {
        if (shape.contains(left + side * (i + 0.5) / SAMPLES, top + side * (j + 0.5) / SAMPLES)) {
          inside++;
        }
      }
    }
    return (double) inside / (SAMPLES * SAMPLES);
  }
}
