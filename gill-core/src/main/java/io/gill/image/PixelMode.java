package io.gill.image;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;

/** The meaning of an image's samples: Pillow's modes, on which its resampling and conversions depend. */
enum PixelMode {
  /** Palette indices, and black and white: Pillow's P and 1. One byte per pixel. */
  INDEXED(1),
  /** L. */
  GRAY(1),
  /** I;16. Two bytes per pixel, high byte first. */
  GRAY16(2),
  /** LA. */
  GRAY_ALPHA(2),
  /** RGB, stored blue first as in {@link BufferedImage#TYPE_3BYTE_BGR}. */
  RGB(3),
  /** RGBA, stored alpha first, then blue, as in {@link BufferedImage#TYPE_4BYTE_ABGR}. */
  RGBA(4),
  /** CMYK; 0 means no ink. */
  CMYK(4);

  final int bytes;

  PixelMode(int bytes) {
    this.bytes = bytes;
  }

  static PixelMode of(BufferedImage image) {
    ColorModel model = image.getColorModel();
    if (model instanceof IndexColorModel palette && palette.getMapSize() <= 256
        && model.getTransferType() == DataBuffer.TYPE_BYTE) {
      return INDEXED;
    }
    if (model instanceof ComponentColorModel) {
      int type = model.getColorSpace().getType();
      if (type == ColorSpace.TYPE_GRAY) {
        if (model.hasAlpha()) {
          return GRAY_ALPHA;
        }
        return model.getTransferType() == DataBuffer.TYPE_USHORT ? GRAY16 : GRAY;
      }
      if (type == ColorSpace.TYPE_CMYK && !model.hasAlpha()) {
        return CMYK;
      }
    }
    return model.getTransparency() == Transparency.OPAQUE ? RGB : RGBA;
  }
}
