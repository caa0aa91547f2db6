package io.gill.image;

import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Decodes the first frame of a GIF on its canvas. */
final class GifDecoder {
  private GifDecoder() {}

  static Decoded decode(byte[] file, ImageReadOptions options) throws IOException {
    try {
      return new Decoded(firstFrame(file, options), null);
    } catch (ArrayIndexOutOfBoundsException e) {
      // Indices only advance past what has been read: out of bounds means the end of the file.
      throw new BadImageException("truncated GIF");
    }
  }

  private static Pixels firstFrame(byte[] file, ImageReadOptions options) throws IOException {
    int canvasWidth = ushort(file, 6);
    int canvasHeight = ushort(file, 8);
    int at = 13;
    byte[] palette = null;
    if (file[10] < 0) {
      palette = palette(file, at, file[10]);
      at += palette.length;
    }
    int transparent = -1;
    while (file[at] != ',') {
      if (file[at] != '!') {
        at++;
        if (file[at - 1] == ';') {
          throw new BadImageException("GIF without an image");
        }
        continue;
      }
      if ((file[at + 1] & 0xff) == 0xf9 && file[at + 2] >= 4) {
        transparent = (file[at + 3] & 1) != 0 ? file[at + 6] & 0xff : -1;
      }
      at = skipBlocks(file, at + 2);
    }
    int left = ushort(file, at + 1);
    int top = ushort(file, at + 3);
    int width = ushort(file, at + 5);
    int height = ushort(file, at + 7);
    options.checkSize(width, height);
    canvasWidth = Math.max(canvasWidth, left + width);
    canvasHeight = Math.max(canvasHeight, top + height);
    options.checkSize(canvasWidth, canvasHeight);
    int flags = file[at + 9];
    int data = at + 10;
    if ((flags & 0x80) != 0) {
      palette = palette(file, data, flags);
      data += palette.length;
    }
    long pixels = (long) width * height;
    options.checkMemory(pixels + (long) canvasWidth * canvasHeight + file.length);
    GifPixels frame = new GifPixels(file, data, skipBlocks(file, data + 1));
    ImageReadOptions.checkPlausible(frame.mostPixels(), pixels, "GIF");
    byte[] indices = frame.unpack(width * height);

    boolean whole = width == canvasWidth && height == canvasHeight;
    boolean interlaced = (flags & 0x40) != 0;
    byte[] canvas = whole && !interlaced ? indices : new byte[canvasWidth * canvasHeight];
    if (canvas != indices) {
      if (transparent > 0) {
        Arrays.fill(canvas, (byte) transparent);
      }
      int[] rows = interlaced ? interlaced(height) : null;
      for (int y = 0; y < height; y++) {
        int row = rows == null ? y : rows[y];
        System.arraycopy(indices, y * width, canvas, (top + row) * canvasWidth + left, width);
      }
    }
    if (isIdentity(palette)) {
      return new Pixels(PixelMode.GRAY, canvasWidth, canvasHeight, canvas);
    }
    byte[] colors = Arrays.copyOf(palette, 3 * 256);
    IndexColorModel model = new IndexColorModel(8, 256, colors, 0, false, transparent);
    return new Pixels(PixelMode.INDEXED, canvasWidth, canvasHeight, canvas, model);
  }

  /** Row order of an interlaced frame: every eighth row, those halfway between, every fourth, every second. */
  private static int[] interlaced(int height) {
    int[] rows = new int[height];
    int at = 0;
    for (int pass = 0; pass < 4; pass++) {
      int step = pass == 0 ? 8 : 16 >> pass;
      for (int y = pass == 0 ? 0 : step / 2; y < height; y += step) {
        rows[at++] = y;
      }
    }
    return rows;
  }

  private static byte[] palette(byte[] file, int at, int flags) throws BadImageException {
    int end = at + 3 * (2 << (flags & 7));
    if (end > file.length) {
      throw new BadImageException("truncated GIF");
    }
    return Arrays.copyOfRange(file, at, end);
  }

  /** Pillow treats an image as grey if it has no palette, or one that maps each index to the same grey. */
  private static boolean isIdentity(byte @Nullable [] palette) {
    if (palette == null) {
      return true;
    }
    for (int i = 0; i < palette.length; i++) {
      if ((palette[i] & 0xff) != i / 3) {
        return false;
      }
    }
    return true;
  }

  private static int skipBlocks(byte[] file, int at) {
    int next = at;
    while (file[next] != 0) {
      next += 1 + (file[next] & 0xff);
    }
    return next + 1;
  }

  private static int ushort(byte[] file, int at) {
    return (file[at] & 0xff) | ((file[at + 1] & 0xff) << 8);
  }
}
