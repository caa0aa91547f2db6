package io.gill.diffusion.network;

import io.gill.torch.Scope;
import io.gill.torch.Tensor;

/**
 * Decodes large latents in overlapping tiles, so that memory does not grow with the image. Between two tiles, their
 * weights change linearly. Axes: N images, Z latent channels, h×w latents, H×W pixels.
 */
public final class TiledDecoder implements LatentDecoder {
  /** Side of a tile in latents: the training size of Stable Diffusion 1.x. */
  static final int TILE = 64;

  private static final int OVERLAP = 16;

  private final LatentDecoder decoder;
  private final int factor;
  private final long maxArea;

  /**
   * Wraps a decoder.
   *
   * @param decoder decodes each tile
   * @param factor pixels per latent, in height and in width
   * @param maxArea maximum of h·w that is decoded in one piece
   */
  public TiledDecoder(LatentDecoder decoder, int factor, long maxArea) {
    this.decoder = decoder;
    this.factor = factor;
    this.maxArea = maxArea;
  }

  @Override
  public double scalingFactor() {
    return decoder.scalingFactor();
  }

  @Override
  public Tensor decode(Tensor latents) {
    int height = Math.toIntExact(latents.size(2));
    int width = Math.toIntExact(latents.size(3));
    return (long) height * width <= maxArea
        ? decoder.decode(latents)
        : Scope.tidy(() -> tiled(latents, height, width));
  }

  private Tensor tiled(Tensor latents, int height, int width) {
    Canvas canvas = new Canvas(Math.toIntExact(latents.size(0)), height * factor, width * factor);
    int h = Math.min(TILE, height);
    int w = Math.min(TILE, width);
    for (int top : starts(height)) {
      for (int left : starts(width)) {
        canvas.add(
            Scope.compute("decoding a tile",
                () -> decoder.decode(latents.narrow(2, top, h).narrow(3, left, w)).toFloats()), // (N, 3, H', W')
            ramp(top, h, height), ramp(left, w, width), top * factor, left * factor);
      }
    }
    return canvas.result();
  }

  /** Returns the first latents of tiles that cover a length, the last aligned with its end. */
  private static int[] starts(int length) {
    int stride = TILE - OVERLAP;
    int count = length <= TILE ? 1 : (length - TILE + stride - 1) / stride + 1;
    int[] starts = new int[count];
    for (int i = 1; i < count; i++) {
      starts[i] = Math.min(i * stride, length - TILE);
    }
    return starts;
  }

  /** Returns the weights of a tile's pixels along one side: linear where it overlaps with another tile. */
  private float[] ramp(int start, int length, int whole) {
    float[] ramp = new float[length * factor];
    float slope = 1f / (OVERLAP * factor);
    for (int i = 0; i < ramp.length; i++) {
      float before = start == 0 ? 1 : (i + 0.5f) * slope;
      float after = start + length == whole ? 1 : (ramp.length - i - 0.5f) * slope;
      ramp[i] = Math.min(1, Math.min(before, after));
    }
    return ramp;
  }

  /** The weighted sum of tiles. */
  private static final class Canvas {
    private final int images;
    private final int height;
    private final int width;
    private final float[] sum; // (N, 3, H, W)
    private final float[] weights; // (H, W)

    Canvas(int images, int height, int width) {
      this.images = images;
      this.height = height;
      this.width = width;
      weights = new float[Math.multiplyExact(height, width)];
      sum = new float[Math.multiplyExact(3 * images, weights.length)];
    }

    void add(float[] pixels, float[] vertical, float[] horizontal, int top, int left) {
      for (int y = 0; y < vertical.length; y++) {
        int row = (top + y) * width + left;
        for (int x = 0; x < horizontal.length; x++) {
          float weight = vertical[y] * horizontal[x];
          weights[row + x] += weight;
          for (int plane = 0; plane < 3 * images; plane++) {
            sum[plane * weights.length + row + x] +=
                weight * pixels[(plane * vertical.length + y) * horizontal.length + x];
          }
        }
      }
    }

    Tensor result() {
      for (int i = 0; i < sum.length; i++) {
        sum[i] /= weights[i % weights.length];
      }
      return Tensor.of(sum, images, 3, height, width);
    }
  }
}
