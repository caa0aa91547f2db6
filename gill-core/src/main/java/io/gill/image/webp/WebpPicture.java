package io.gill.image.webp;

import org.jspecify.annotations.Nullable;

/** A decoded image and its EXIF block. */
public final class WebpPicture {
  /** The image. */
  public final WebpPixels pixels;

  /** The EXIF block; null if the file has none. */
  public final byte @Nullable [] exif;

  WebpPicture(WebpPixels pixels, byte @Nullable [] exif) {
    this.pixels = pixels;
    this.exif = exif;
  }
}
