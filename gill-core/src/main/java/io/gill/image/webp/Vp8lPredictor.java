package io.gill.image.webp;

/** VP8L's spatial prediction (RFC 9649, section 4.1): each pixel is stored as the difference from its prediction. */
final class Vp8lPredictor {
  private static final int OPAQUE_BLACK = 0xff000000;

  private Vp8lPredictor() {}

  static int[] undo(int[] argb, int width, int[] tiles, int bits) {
    int across = (width + (1 << bits) - 1) >> bits;
    argb[0] = add(argb[0], OPAQUE_BLACK);
    for (int x = 1; x < width; x++) {
      argb[x] = add(argb[x], argb[x - 1]);
    }
    for (int y = 1, i = width; i < argb.length; y++) {
      argb[i] = add(argb[i], argb[i - width]);
      i++;
      for (int x = 1; x < width; x++, i++) {
        int mode = (tiles[(y >> bits) * across + (x >> bits)] >> 8) & 15;
        argb[i] = add(argb[i], predict(mode, argb, i, width));
      }
    }
    return argb;
  }

  private static int predict(int mode, int[] argb, int i, int width) {
    int left = argb[i - 1];
    int top = argb[i - width];
    int topLeft = argb[i - width - 1];
    // In the last column this is the first pixel of the current row, as the format specifies.
    int topRight = argb[i - width + 1];
    return switch (mode) {
      case 1 -> left;
      case 2 -> top;
      case 3 -> topRight;
      case 4 -> topLeft;
      case 5 -> average(average(left, topRight), top);
      case 6 -> average(left, topLeft);
      case 7 -> average(left, top);
      case 8 -> average(topLeft, top);
      case 9 -> average(top, topRight);
      case 10 -> average(average(left, topLeft), average(top, topRight));
      case 11 -> select(left, top, topLeft);
      case 12 -> clampedGradient(left, top, topLeft);
      case 13 -> clampedHalf(average(left, top), topLeft);
      default -> OPAQUE_BLACK;
    };
  }

  /** Adds two pixels, each byte modulo 256. */
  static int add(int a, int b) {
    return (((a & 0xff00ff00) + (b & 0xff00ff00)) & 0xff00ff00) | (((a & 0x00ff00ff) + (b & 0x00ff00ff)) & 0x00ff00ff);
  }

  private static int average(int a, int b) {
    return (((a ^ b) & 0xfefefefe) >>> 1) + (a & b);
  }

  /** Returns left or top, whichever is closer to left + top − top left. */
  private static int select(int left, int top, int topLeft) {
    int difference = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int corner = (topLeft >> shift) & 0xff;
      difference += Math.abs(((left >> shift) & 0xff) - corner) - Math.abs(((top >> shift) & 0xff) - corner);
    }
    return difference <= 0 ? top : left;
  }

  private static int clampedGradient(int left, int top, int topLeft) {
    int result = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int level = ((left >> shift) & 0xff) + ((top >> shift) & 0xff) - ((topLeft >> shift) & 0xff);
      result |= Math.max(0, Math.min(255, level)) << shift;
    }
    return result;
  }

  private static int clampedHalf(int average, int topLeft) {
    int result = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int level = (average >> shift) & 0xff;
      level += (level - ((topLeft >> shift) & 0xff)) / 2;
      result |= Math.max(0, Math.min(255, level)) << shift;
    }
    return result;
  }
}
