package io.gill.examples.world;

import java.util.Locale;

/** The background of a scene. */
public enum Background {
  /** White. */
  WHITE(0xF5F5F5),
  /** Black. */
  BLACK(0x141414),
  /** Grey. */
  GREY(0x808080),
  /** Brown. */
  BROWN(0x694128);

  private final int rgb;

  Background(int rgb) {
    this.rgb = rgb;
  }

  /**
   * Returns its colour.
   *
   * @return 0xRRGGBB
   */
  public int rgb() {
    return rgb;
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
