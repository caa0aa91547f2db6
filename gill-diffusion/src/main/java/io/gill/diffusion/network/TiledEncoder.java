package io.gill.diffusion.network;

import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.Optional;

/**
 * Encodes large images in overlapping tiles, so that memory does not grow with the image. Between two tiles, their
 * weights change linearly. Axes: N images, Z latent channels, h×w latents, H×W pixels.
 */
public final class TiledEncoder implements LatentEncoder {
  private final LatentEncoder encoder;
  private final int factor;
  private final long maxArea;

  /**
   * Wraps an encoder.
   *
   * @param encoder encodes each tile
   * @param factor pixels per latent, in height and in width
   * @param maxArea maximum of h·w that is encoded in one piece
   */
  public TiledEncoder(LatentEncoder encoder, int factor, long maxArea) {
    this.encoder = encoder;
    this.factor = factor;
    this.maxArea = maxArea;
  }

  /** The weighted sum of tiles. */
  private record Blended(Tensor mean, Optional<Tensor> deviation) implements Latents {}

  @Override
  public double scalingFactor() {
    return encoder.scalingFactor();
  }

  @Override
  public Latents encode(Tensor images) {
    int h = Math.toIntExact(images.size(2) / factor);
    int w = Math.toIntExact(images.size(3) / factor);
    return (long) h * w <= maxArea ? encoder.encode(images) : tiled(images, h, w);
  }

  private Latents tiled(Tensor images, int height, int width) {
    int n = Math.toIntExact(images.size(0));
    int h = Math.min(Tiles.SIDE, height);
    int w = Math.min(Tiles.SIDE, width);
    Tiles.Canvas[] canvases = new Tiles.Canvas[2]; // means and deviations
    for (int top : Tiles.starts(height)) {
      for (int left : Tiles.starts(width)) {
        float[][] tile = Scope.compute("encoding a tile", () -> {
          Latents latents = encoder.encode(images.narrow(2, (long) top * factor, (long) h * factor)
              .narrow(3, (long) left * factor, (long) w * factor)); // (N, Z, h', w')
          return new float[][] {
              latents.mean().toFloats(), latents.deviation().map(Tensor::toFloats).orElseGet(() -> new float[0])};
        });
        for (int i = 0; i < tile.length && tile[i].length > 0; i++) {
          if (canvases[i] == null) {
            canvases[i] = new Tiles.Canvas(tile[i].length / (h * w), height, width, 1);
          }
          canvases[i].add(tile[i], top, left);
        }
      }
    }
    return new Blended(tensor(canvases[0], n, height, width),
        Optional.ofNullable(canvases[1]).map(canvas -> tensor(canvas, n, height, width)));
  }

  private static Tensor tensor(Tiles.Canvas canvas, int n, int height, int width) {
    float[] values = canvas.result();
    return Tensor.of(values, n, values.length / (n * height * width), height, width);
  }
}
