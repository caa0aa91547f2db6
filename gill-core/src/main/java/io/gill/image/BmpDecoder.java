package io.gill.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Windows bitmaps. */
final class BmpDecoder {
  /** A run of two bytes encodes up to 255 pixels. */
  private static final long MAX_RATIO = 128;

  private BmpDecoder() {}

  static Decoded decode(byte[] file, ImageReadOptions options) throws IOException {
    if (file.length < 30) {
      throw new BadImageException("truncated BMP");
    }
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    long offset = in.getInt(10) & 0xffffffffL;
    int headerSize = in.getInt(14);
    boolean os2 = headerSize == 12;
    if (!os2 && (headerSize < 40 || file.length < 54)) {
      throw new BadImageException("BMP with a header of " + headerSize + " bytes");
    }
    long width = os2 ? in.getShort(18) & 0xffff : in.getInt(18);
    long height = os2 ? in.getShort(20) & 0xffff : Math.abs((long) in.getInt(22));
    int bits = in.getShort(os2 ? 24 : 28);
    int compression = os2 ? 0 : in.getInt(30);
    options.checkSize(width, height);
    if (compression > 3 || compression < 0) {
      throw new BadImageException("BMP with compression " + compression + " is not supported");
    }
    // The JDK's samples, our 8-bit copy, and another copy for greys.
    options.checkMemory(width * height * (bits <= 8 ? 3 : bits <= 16 ? 5 : 8));
    boolean runs = compression == 1 || compression == 2;
    long needed = runs ? 1 : (width * bits + 31) / 32 * 4 * height;
    if (offset + needed > file.length) {
      throw new BadImageException("truncated BMP");
    }
    if (runs) {
      ImageReadOptions.checkPlausible(file.length * MAX_RATIO, width * height, "BMP");
    }
    Pixels pixels = Pixels.of(JdkReader.BMP.image(EncodedBytes.of(file)));
    return new Decoded(isGrayRamp(pixels) ? pixels.toGray() : pixels, null);
  }

  /** Pillow uses mode L for a palette of 256 ascending greys. */
  private static boolean isGrayRamp(Pixels pixels) {
    if (pixels.palette == null || pixels.palette.getMapSize() != 256) {
      return false;
    }
    for (int i = 0; i < 256; i++) {
      if ((pixels.palette.getRGB(i) & 0xffffff) != i * 0x010101) {
        return false;
      }
    }
    return true;
  }
}
