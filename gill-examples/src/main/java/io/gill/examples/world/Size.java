package io.gill.examples.world;

import java.util.Locale;

/** The size of a thing. Two large things in neighbouring cells do not touch, whatever the jitter. */
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
   * Half the width of a thing.
   *
   * @return pixels
   */
  public double radius() {
    return radius;
  }

  /**
   * Its name in a sentence.
   *
   * @return one lower-case word
   */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
