package io.gill.examples.world;

import java.util.Locale;

/** The size of a thing. Large things in neighbouring cells never touch, at any jitter. */
public enum Size {
  /** Small. */
  SMALL(5.2),
  /** Large. */
  LARGE(8.4);

  private final double radius;

  Size(double radius) {
    this.radius = radius;
  }

  /**
   * Returns half the width of a thing.
   *
   * @return pixels
   */
  public double radius() {
    return radius;
  }

  /**
   * Returns its name in a sentence.
   *
   * @return one lower-case word
   */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
