package io.gill.examples.world;

import java.util.Locale;

/** The colour of a thing. Any two colours, and any colour and background, are far apart in RGB. */
public enum Colour {
  /** Red. */
  RED(0xD71923),
  /** Green. */
  GREEN(0x28AA3C),
  /** Blue. */
  BLUE(0x2846DC),
  /** Yellow. */
  YELLOW(0xFAE632),
  /** Purple. */
  PURPLE(0x9128B4),
  /** Orange. */
  ORANGE(0xFA8714),
  /** Cyan. */
  CYAN(0x3CD2E1);

  private final int rgb;

  Colour(int rgb) {
    this.rgb = rgb;
  }

  /**
   * Returns its RGB value.
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
