package io.gill.diffusion.network;

/**
 * Overlapping tiles of latents, and the weighted sum of what is computed for each. Between two tiles, their weights
 * change linearly. Axes: h×w latents, H×W cells of the sum, which are latents or pixels.
 */
final class Tiles {
  /** Side of a tile in latents: the training size of Stable Diffusion 1.x. */
  static final int SIDE = 64;

  private static final int OVERLAP = 16;

  private Tiles() {}

  /** Returns the first latents of tiles that cover a length, the last aligned with its end. */
  static int[] starts(int length) {
    int stride = SIDE - OVERLAP;
    int count = length <= SIDE ? 1 : (length - SIDE + stride - 1) / stride + 1;
    int[] starts = new int[count];
    for (int i = 1; i < count; i++) {
      starts[i] = Math.min(i * stride, length - SIDE);
    }
    return starts;
  }

  /**
   * Returns the weights of a tile's cells along one side: linear where it overlaps with another tile.
   *
   * @param cells cells per latent
   */
  private static float[] ramp(int start, int length, int whole, int cells) {
    float[] ramp = new float[length * cells];
    float slope = 1f / (OVERLAP * cells);
    for (int i = 0; i < ramp.length; i++) {
      float before = start == 0 ? 1 : (i + 0.5f) * slope;
      float after = start + length == whole ? 1 : (ramp.length - i - 0.5f) * slope;
      ramp[i] = Math.min(1, Math.min(before, after));
    }
    return ramp;
  }

  /** The weighted sum of tiles. */
  static final class Canvas {
    private final int planes;
    private final int h;
    private final int w;
    private final int cells;
    private final float[] sum; // (planes, H, W)
    private final float[] weights; // (H, W)

    /**
     * Creates an empty sum.
     *
     * @param planes images times channels
     * @param h latents
     * @param w latents
     * @param cells cells per latent, in height and in width
     */
    Canvas(int planes, int h, int w, int cells) {
      this.planes = planes;
      this.h = h;
      this.w = w;
      this.cells = cells;
      weights = new float[Math.multiplyExact(h * cells, w * cells)];
      sum = new float[Math.multiplyExact(planes, weights.length)];
    }

    /** Adds (planes, H', W') of a tile that begins at a latent. */
    void add(float[] tile, int top, int left) {
      float[] vertical = ramp(top, Math.min(SIDE, h), h, cells);
      float[] horizontal = ramp(left, Math.min(SIDE, w), w, cells);
      for (int y = 0; y < vertical.length; y++) {
        int row = (top * cells + y) * w * cells + left * cells;
        for (int x = 0; x < horizontal.length; x++) {
          float weight = vertical[y] * horizontal[x];
          weights[row + x] += weight;
          for (int plane = 0; plane < planes; plane++) {
            sum[plane * weights.length + row + x] +=
                weight * tile[(plane * vertical.length + y) * horizontal.length + x];
          }
        }
      }
    }

    /** Returns (planes, H, W). */
    float[] result() {
      for (int i = 0; i < sum.length; i++) {
        sum[i] /= weights[i % weights.length];
      }
      return sum;
    }
  }
}
