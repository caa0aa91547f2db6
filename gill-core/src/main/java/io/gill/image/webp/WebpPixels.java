package io.gill.image.webp;

/** Samples of a picture, packed row by row without gaps: blue, green, red, with alpha before them where there is one. */
public final class WebpPixels {
  /** Whether there are four samples a pixel, alpha first, in place of three. */
  public final boolean alpha;

  /** In pixels. */
  public final int width;

  /** In pixels. */
  public final int height;

  /** The samples, which the receiver may keep. */
  public final byte[] data;

  WebpPixels(boolean alpha, int width, int height, byte[] data) {
    this.alpha = alpha;
    this.width = width;
    this.height = height;
    this.data = data;
  }
}
