package io.gill.image.webp;

/** Converts VP8 planes to RGB as libwebp does: chroma interpolated 9:3:3:1, then BT.601 in 14-bit fixed point. */
final class Vp8Color {
  private Vp8Color() {}

  static WebpPixels toRgb(Vp8Plane luma, Vp8Plane u, Vp8Plane v, int width, int height) {
    byte[] data = new byte[3 * width * height];
    int[] uRow = new int[width];
    int[] vRow = new int[width];
    int lastChromaRow = (height - 1) >> 1;
    for (int y = 0; y < height; y++) {
      int near = y >> 1;
      int far = Math.max(0, Math.min(lastChromaRow, (y & 1) == 0 ? near - 1 : near + 1));
      interpolate(u, near, far, uRow);
      interpolate(v, near, far, vRow);
      int from = luma.at(0, y);
      int to = 3 * y * width;
      for (int x = 0; x < width; x++, to += 3) {
        int light = (luma.get(from + x) * 19077) >> 8;
        int blue = uRow[x];
        int red = vRow[x];
        data[to] = level(light + ((blue * 33050) >> 8) - 17685);
        data[to + 1] = level(light - ((blue * 6419) >> 8) - ((red * 13320) >> 8) + 8708);
        data[to + 2] = level(light + ((red * 26149) >> 8) - 14234);
      }
    }
    return new WebpPixels(false, width, height, data);
  }

  private static byte level(int value) {
    return Vp8Plane.clip(value >> 6);
  }

  /** Interpolates a row of chroma at full width, from its own chroma row and the next nearest. */
  private static void interpolate(Vp8Plane plane, int nearRow, int farRow, int[] to) {
    int width = to.length;
    int near = plane.at(0, nearRow);
    int far = plane.at(0, farRow);
    int nearLeft = plane.get(near);
    int farLeft = plane.get(far);
    to[0] = (3 * nearLeft + farLeft + 2) >> 2;
    for (int x = 1; x <= (width - 1) >> 1; x++) {
      int nearRight = plane.get(near + x);
      int farRight = plane.get(far + x);
      int sum = nearLeft + nearRight + farLeft + farRight + 8;
      int fallingLeft = (sum + 2 * (nearRight + farLeft)) >> 3;
      int fallingRight = (sum + 2 * (nearLeft + farRight)) >> 3;
      to[2 * x - 1] = (fallingLeft + nearLeft) >> 1;
      to[2 * x] = (fallingRight + nearRight) >> 1;
      nearLeft = nearRight;
      farLeft = farRight;
    }
    if ((width & 1) == 0) {
      to[width - 1] = (3 * nearLeft + farLeft + 2) >> 2;
    }
  }
}
