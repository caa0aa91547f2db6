package io.gill.examples.world;

import java.awt.image.BufferedImage;

/**
 * Paints pictures that show none of the world's scenes, as different from each other as a few formulas allow: noise,
 * soft clouds of colour, gradients, stripes, chequers, rings, heaps of shapes, lines like text and landscapes. A model
 * that has seen them refuses to describe a photograph as a scene. Thread-safe.
 */
public final class OtherPictures {
  private static final int SIDE = SceneRenderer.SIDE;
  private static final int KINDS = 9;

  private final Dice dice;
  private final double[][] pixels = new double[SIDE * SIDE][3];

  private OtherPictures(Dice dice) {
    this.dice = dice;
  }

  /**
   * Paints a picture.
   *
   * @param seed any number
   * @return {@value SceneRenderer#SIDE}×{@value SceneRenderer#SIDE}, RGB
   */
  public static BufferedImage paint(long seed) {
    OtherPictures picture = new OtherPictures(new Dice(seed));
    switch (picture.dice.below(KINDS)) {
      case 0 -> picture.noise(1);
      case 1 -> picture.clouds();
      case 2 -> picture.gradient();
      case 3 -> picture.stripes();
      case 4 -> picture.chequers();
      case 5 -> picture.rings();
      case 6 -> picture.heap();
      case 7 -> picture.text();
      default -> picture.landscape();
    }
    if (picture.dice.chance(0.3)) {
      picture.noise(0.05 + 0.3 * picture.dice.uniform());
    }
    return picture.image();
  }

  private double[] colour() {
    return new double[] {255 * dice.uniform(), 255 * dice.uniform(), 255 * dice.uniform()};
  }

  /** Returns a light or a dark shade of any colour. */
  private double[] shade(boolean light) {
    double[] colour = colour();
    for (int i = 0; i < 3; i++) {
      colour[i] = light ? 200 + colour[i] * 55 / 255 : colour[i] * 80 / 255;
    }
    return colour;
  }

  private void blend(int x, int y, double[] colour, double share) {
    if (x < 0 || y < 0 || x >= SIDE || y >= SIDE) {
      return;
    }
    double[] pixel = pixels[y * SIDE + x];
    for (int i = 0; i < 3; i++) {
      pixel[i] += share * (colour[i] - pixel[i]);
    }
  }

  private void fill(double[] colour) {
    box(0, 0, SIDE, SIDE, colour);
  }

  private void box(int left, int top, int right, int bottom, double[] colour) {
    for (int y = top; y < bottom; y++) {
      for (int x = left; x < right; x++) {
        blend(x, y, colour, 1);
      }
    }
  }

  private void disc(double centreX, double centreY, double width, double height, double[] colour) {
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        if (Math.hypot((x - centreX) / width, (y - centreY) / height) < 1) {
          blend(x, y, colour, 1);
        }
      }
    }
  }

  private void noise(double share) {
    boolean grey = dice.chance(0.3);
    for (int i = 0; i < pixels.length; i++) {
      double[] colour = colour();
      blend(i % SIDE, i / SIDE, grey ? new double[] {colour[0], colour[0], colour[0]} : colour, share);
    }
  }

  /** Colours on a coarse grid, interpolated, with finer ones on top: like a photograph out of focus. */
  private void clouds() {
    fill(colour());
    double share = 0.9;
    for (int cells = 2 + dice.below(3); cells <= 16; cells *= 2) {
      double[][] grid = new double[(cells + 1) * (cells + 1)][];
      for (int i = 0; i < grid.length; i++) {
        grid[i] = colour();
      }
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          blend(x, y, between(grid, cells, (double) x * cells / SIDE, (double) y * cells / SIDE), share);
        }
      }
      share *= 0.45;
    }
  }

  private static double[] between(double[][] grid, int cells, double x, double y) {
    int left = (int) x;
    int top = (int) y;
    double[] colour = new double[3];
    for (int i = 0; i < 3; i++) {
      double upper = mean(grid[top * (cells + 1) + left][i], grid[top * (cells + 1) + left + 1][i], x - left);
      double lower = mean(grid[(top + 1) * (cells + 1) + left][i], grid[(top + 1) * (cells + 1) + left + 1][i],
          x - left);
      colour[i] = mean(upper, lower, y - top);
    }
    return colour;
  }

  private static double mean(double a, double b, double share) {
    return a + share * (b - a);
  }

  private void gradient() {
    double[] from = colour();
    double[] to = colour();
    double angle = 2 * Math.PI * dice.uniform();
    fill(from);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        double along = ((x - SIDE / 2.0) * Math.cos(angle) + (y - SIDE / 2.0) * Math.sin(angle)) / SIDE + 0.5;
        blend(x, y, to, Math.min(1, Math.max(0, along)));
      }
    }
  }

  private void stripes() {
    double[] other = colour();
    double angle = Math.PI * dice.uniform();
    double width = 2 + 10 * dice.uniform();
    fill(colour());
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        blend(x, y, other, Math.sin((x * Math.cos(angle) + y * Math.sin(angle)) * Math.PI / width) > 0 ? 1 : 0);
      }
    }
  }

  private void chequers() {
    double[] other = colour();
    int width = 3 + dice.below(10);
    fill(colour());
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        blend(x, y, other, (x / width + y / width) % 2);
      }
    }
  }

  private void rings() {
    double[] other = colour();
    double centreX = SIDE * dice.uniform();
    double centreY = SIDE * dice.uniform();
    double width = 2 + 6 * dice.uniform();
    fill(colour());
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        blend(x, y, other, Math.sin(Math.hypot(x - centreX, y - centreY) * Math.PI / width) > 0 ? 1 : 0);
      }
    }
  }

  /** Many discs and boxes of all sizes. */
  private void heap() {
    fill(colour());
    for (int i = 6 + dice.below(30); i > 0; i--) {
      double x = SIDE * dice.uniform();
      double y = SIDE * dice.uniform();
      double width = 2 + 16 * dice.uniform();
      double height = 2 + 16 * dice.uniform();
      if (dice.chance(0.5)) {
        disc(x, y, width, height, colour());
      } else {
        box((int) (x - width), (int) (y - height), (int) (x + width), (int) (y + height), colour());
      }
    }
  }

  /** Lines of short dark marks on a light page, or the other way round. */
  private void text() {
    boolean light = dice.chance(0.7);
    double[] ink = shade(!light);
    fill(shade(light));
    int height = 2 + dice.below(4);
    for (int y = 4 + dice.below(8); y < SIDE - height; y += 2 * height + dice.below(3)) {
      int end = SIDE - 4 - dice.below(30);
      for (int x = 4; x < end;) {
        int length = 1 + dice.below(2 * height);
        box(x, y, Math.min(x + length, end), y + height, ink);
        x += length + 1 + dice.below(3);
      }
    }
  }

  /** A sky, a rough ground below it, and some things on the horizon. */
  private void landscape() {
    gradient();
    int horizon = 20 + dice.below(30);
    double[] ground = colour();
    for (int y = horizon; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        blend(x, y, ground, 0.6 + 0.4 * dice.uniform());
      }
    }
    for (int i = 1 + dice.below(6); i > 0; i--) {
      int x = dice.below(SIDE);
      int width = 3 + dice.below(12);
      int height = 4 + dice.below(20);
      if (dice.chance(0.5)) {
        box(x, horizon - height, x + width, horizon + dice.below(6), colour());
      } else {
        box(x, horizon - height / 2, x + 2, horizon + 3, colour());
        disc(x + 1.0, horizon - height / 2.0, width, height / 2.0, colour());
      }
    }
  }

  private BufferedImage image() {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < pixels.length; i++) {
      int rgb = 0;
      for (int c = 0; c < 3; c++) {
        rgb = rgb << 8 | (int) Math.round(Math.min(255, Math.max(0, pixels[i][c])));
      }
      image.setRGB(i % SIDE, i / SIDE, rgb);
    }
    return image;
  }
}
