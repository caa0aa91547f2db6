package io.gill.image.webp;

/** Samples of an image, packed row by row without gaps: blue, green, red, preceded by alpha if there is any. */
public final class WebpPixels {
  /** Whether a pixel has four samples, alpha first, instead of three. */
  public final boolean alpha;

  /** Width in pixels. */
  public final int width;

  /** Height in pixels. */
  public final int height;

  /** The samples, which the caller may keep. */
  public final byte[] data;

  WebpPixels(boolean alpha, int width, int height, byte[] data) {
    this.alpha = alpha;
    this.width = width;
    this.height = height;
    this.data = data;
  }
}
