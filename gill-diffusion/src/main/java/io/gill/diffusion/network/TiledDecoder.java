package io.gill.diffusion.network;

import io.gill.torch.Scope;
import io.gill.torch.Tensor;

/**
 * Decodes large latents in overlapping tiles, so that memory does not grow with the image. Between two tiles, their
 * weights change linearly. Axes: N images, Z latent channels, h×w latents, H×W pixels.
 */
public final class TiledDecoder implements LatentDecoder {
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
    int images = Math.toIntExact(latents.size(0));
    Tiles.Canvas canvas = new Tiles.Canvas(3 * images, height, width, factor);
    int h = Math.min(Tiles.SIDE, height);
    int w = Math.min(Tiles.SIDE, width);
    for (int top : Tiles.starts(height)) {
      for (int left : Tiles.starts(width)) {
        float[] tile = Scope.compute("decoding a tile", () ->
            decoder.decode(latents.narrow(2, top, h).narrow(3, left, w)).toFloats()); // (N, 3, H', W')
        canvas.add(tile, top, left);
      }
    }
    return Tensor.of(canvas.result(), images, 3, (long) height * factor, (long) width * factor);
  }
}
