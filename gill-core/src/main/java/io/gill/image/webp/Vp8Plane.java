package io.gill.image.webp;

import java.util.Arrays;

/**
 * One component of a VP8 frame, with the border that prediction uses outside the image: 127 above, 129 to the left (RFC
 * 6386, section 12).
 */
final class Vp8Plane {
  private static final int BORDER = 8;

  final int stride;
  final byte[] data;

  Vp8Plane(int width, int height) {
    stride = width + 2 * BORDER;
    data = new byte[Math.multiplyExact(stride, height + 1)];
    Arrays.fill(data, 0, stride, (byte) 127);
    for (int y = 0; y < height; y++) {
      data[at(-1, y)] = (byte) 129;
    }
  }

  /** Returns the index of a sample; x may be in the border. */
  int at(int x, int y) {
    return (y + 1) * stride + BORDER + x;
  }

  int get(int index) {
    return data[index] & 0xff;
  }

  /** Predicts a square of 16 or 8 samples. */
  void predict(int mode, int x, int y, int size) {
    int origin = at(x, y);
    switch (mode) {
      case Vp8Decoder.DC -> fill(origin, size, dc(origin, size, x > 0, y > 0));
      case Vp8Decoder.VERTICAL -> {
        for (int row = 0; row < size; row++) {
          System.arraycopy(data, origin - stride, data, origin + row * stride, size);
        }
      }
      case Vp8Decoder.HORIZONTAL -> {
        for (int row = 0; row < size; row++) {
          int from = origin + row * stride;
          Arrays.fill(data, from, from + size, data[from - 1]);
        }
      }
      default -> trueMotion(origin, size);
    }
  }

  private int dc(int origin, int size, boolean left, boolean above) {
    int sum = 0;
    for (int i = 0; i < size; i++) {
      sum += (above ? get(origin - stride + i) : 0) + (left ? get(origin + i * stride - 1) : 0);
    }
    int count = (above ? size : 0) + (left ? size : 0);
    return count == 0 ? 128 : (sum + count / 2) / count;
  }

  private void fill(int origin, int size, int level) {
    for (int row = 0; row < size; row++) {
      Arrays.fill(data, origin + row * stride, origin + row * stride + size, (byte) level);
    }
  }

  private void trueMotion(int origin, int size) {
    int corner = get(origin - stride - 1);
    for (int row = 0; row < size; row++) {
      int to = origin + row * stride;
      int delta = get(to - 1) - corner;
      for (int i = 0; i < size; i++) {
        data[to + i] = clip(get(origin - stride + i) + delta);
      }
    }
  }

  /**
   * Predicts a square of 4 samples (RFC 6386, section 12.3).
   *
   * @param e buffer for the 13 surrounding samples: left from the bottom up, the corner, then 8 above
   * @param aboveRight index of the four samples above and to the right
   */
  void predict4(int mode, int origin, int aboveRight, int[] e) {
    for (int i = 0; i < 4; i++) {
      e[i] = get(origin + (3 - i) * stride - 1);
      e[5 + i] = get(origin - stride + i);
      e[9 + i] = get(aboveRight + i);
    }
    e[4] = get(origin - stride - 1);
    for (int y = 0; y < 4; y++) {
      for (int x = 0; x < 4; x++) {
        data[origin + y * stride + x] = (byte) switch (mode) {
          case Vp8Decoder.B_DC -> (e[0] + e[1] + e[2] + e[3] + e[5] + e[6] + e[7] + e[8] + 4) >> 3;
          case Vp8Decoder.B_TRUE_MOTION -> clip(e[3 - y] + e[5 + x] - e[4]);
          case Vp8Decoder.B_VERTICAL -> average3(e, 5 + x);
          case Vp8Decoder.B_HORIZONTAL -> y == 3 ? (e[1] + 3 * e[0] + 2) >> 2 : average3(e, 3 - y);
          case Vp8Decoder.B_LEFT_DOWN -> x + y == 6 ? (e[11] + 3 * e[12] + 2) >> 2 : average3(e, 6 + x + y);
          case Vp8Decoder.B_RIGHT_DOWN -> average3(e, 4 + x - y);
          case Vp8Decoder.B_VERTICAL_RIGHT -> verticalRight(e, x, y);
          case Vp8Decoder.B_VERTICAL_LEFT -> verticalLeft(e, x, y);
          case Vp8Decoder.B_HORIZONTAL_DOWN -> horizontalDown(e, x, y);
          default -> horizontalUp(e, x, y);
        };
      }
    }
  }

  private static int average3(int[] e, int middle) {
    return (e[middle - 1] + 2 * e[middle] + e[middle + 1] + 2) >> 2;
  }

  private static int average2(int[] e, int first) {
    return (e[first] + e[first + 1] + 1) >> 1;
  }

  private static int verticalRight(int[] e, int x, int y) {
    int along = 2 * x - y;
    if (along < -1) {
      return average3(e, 5 - y);
    }
    return (y & 1) == 0 ? average2(e, 4 + x - y / 2) : average3(e, 4 + x - y / 2);
  }

  private static int verticalLeft(int[] e, int x, int y) {
    if (x == 3 && y >= 2) {
      return average3(e, y == 2 ? 10 : 11);
    }
    return (y & 1) == 0 ? average2(e, 5 + x + y / 2) : average3(e, 6 + x + y / 2);
  }

  private static int horizontalDown(int[] e, int x, int y) {
    int along = 2 * y - x;
    if (along < -1) {
      return average3(e, 3 + x);
    }
    return (x & 1) == 0 ? average2(e, 3 - y + x / 2) : average3(e, 4 - y + x / 2);
  }

  private static int horizontalUp(int[] e, int x, int y) {
    int along = x + 2 * y;
    if (along > 5) {
      return e[0];
    }
    if (along == 5) {
      return (e[1] + 3 * e[0] + 2) >> 2;
    }
    return (along & 1) == 0 ? average2(e, 2 - along / 2) : average3(e, 2 - along / 2);
  }

  /** Adds the inverse transform of 16 coefficients (RFC 6386, section 14.3). */
  void addInverseTransform(int[] coefficients, int start, int origin, int[] scratch) {
    for (int i = 0; i < 4; i++) {
      int c0 = coefficients[start + i];
      int c1 = coefficients[start + 4 + i];
      int c2 = coefficients[start + 8 + i];
      int c3 = coefficients[start + 12 + i];
      int a = c0 + c2;
      int b = c0 - c2;
      int c = timesSine(c1) - timesCosine(c3);
      int d = timesCosine(c1) + timesSine(c3);
      scratch[4 * i] = a + d;
      scratch[4 * i + 1] = b + c;
      scratch[4 * i + 2] = b - c;
      scratch[4 * i + 3] = a - d;
    }
    for (int i = 0; i < 4; i++) {
      int a = scratch[i] + 4 + scratch[8 + i];
      int b = scratch[i] + 4 - scratch[8 + i];
      int c = timesSine(scratch[4 + i]) - timesCosine(scratch[12 + i]);
      int d = timesCosine(scratch[4 + i]) + timesSine(scratch[12 + i]);
      int to = origin + i * stride;
      data[to] = clip(get(to) + ((a + d) >> 3));
      data[to + 1] = clip(get(to + 1) + ((b + c) >> 3));
      data[to + 2] = clip(get(to + 2) + ((b - c) >> 3));
      data[to + 3] = clip(get(to + 3) + ((a - d) >> 3));
    }
  }

  /** Multiplies by √2·cos(π/8). */
  private static int timesCosine(int a) {
    return ((a * 20091) >> 16) + a;
  }

  /** Multiplies by √2·sin(π/8). */
  private static int timesSine(int a) {
    return (a * 35468) >> 16;
  }

  static byte clip(int level) {
    return (byte) Math.max(0, Math.min(255, level));
  }
}
