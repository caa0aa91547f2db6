package io.gill.image;

import java.awt.color.ColorSpace;

/**
 * Device CMYK with the simple conversion R = (1 − C)(1 − K), which Pillow uses regardless of a file's ICC profile.
 */
final class CmykColorSpace extends ColorSpace {
  private static final long serialVersionUID = 1L;

  static final CmykColorSpace INSTANCE = new CmykColorSpace();

  private CmykColorSpace() {
    super(TYPE_CMYK, 4);
  }

  @Override
  public float[] toRGB(float[] cmyk) {
    float light = 1 - cmyk[3];
    return new float[] {(1 - cmyk[0]) * light, (1 - cmyk[1]) * light, (1 - cmyk[2]) * light};
  }

  @Override
  public float[] fromRGB(float[] rgb) {
    float black = 1 - Math.max(rgb[0], Math.max(rgb[1], rgb[2]));
    float light = Math.max(1 - black, Float.MIN_NORMAL);
    return new float[] {1 - rgb[0] / light, 1 - rgb[1] / light, 1 - rgb[2] / light, black};
  }

  @Override
  public float[] toCIEXYZ(float[] cmyk) {
    return getInstance(CS_sRGB).toCIEXYZ(toRGB(cmyk));
  }

  @Override
  public float[] fromCIEXYZ(float[] xyz) {
    return fromRGB(getInstance(CS_sRGB).fromCIEXYZ(xyz));
  }
}
