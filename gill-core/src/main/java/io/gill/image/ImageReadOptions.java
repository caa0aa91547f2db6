package io.gill.image;

import java.util.Locale;

/**
 * How pictures are read. Immutable.
 *
 * @param applyOrientation whether a picture is turned as its EXIF orientation says; the published Python does not
 * @param maxPixels the largest width × height that is decoded; checked before pixels are allocated
 * @param maxBytes the largest encoded size that is read
 */
public record ImageReadOptions(boolean applyOrientation, long maxPixels, long maxBytes) {
  /** Orientation applied, at most 100 megapixels and 256 MiB. */
  public static final ImageReadOptions DEFAULT = new ImageReadOptions(true, 100_000_000L, 256L << 20);

  /**
   * Checks the limits.
   *
   * @param applyOrientation as above
   * @param maxPixels as above
   * @param maxBytes as above
   */
  public ImageReadOptions {
    if (maxPixels < 1 || maxPixels > Integer.MAX_VALUE / 4) {
      throw new IllegalArgumentException("maxPixels must be in 1.." + Integer.MAX_VALUE / 4 + ": " + maxPixels);
    }
    if (maxBytes < 1 || maxBytes > Integer.MAX_VALUE - 4096) {
      throw new IllegalArgumentException("maxBytes must be in 1.." + (Integer.MAX_VALUE - 4096) + ": " + maxBytes);
    }
  }

  /**
   * These options with another choice about orientation.
   *
   * @param apply whether a picture is turned as its EXIF orientation says
   * @return the new options
   */
  public ImageReadOptions withApplyOrientation(boolean apply) {
    return new ImageReadOptions(apply, maxPixels, maxBytes);
  }

  /**
   * These options with another limit on pixels.
   *
   * @param pixels the largest width × height
   * @return the new options
   */
  public ImageReadOptions withMaxPixels(long pixels) {
    return new ImageReadOptions(applyOrientation, pixels, maxBytes);
  }

  /**
   * These options with another limit on the encoded size.
   *
   * @param bytes the largest file
   * @return the new options
   */
  public ImageReadOptions withMaxBytes(long bytes) {
    return new ImageReadOptions(applyOrientation, maxPixels, bytes);
  }

  /** Refuses a size that a header declares and the limit, or nature, does not allow. */
  void checkSize(long width, long height) throws BadImageException {
    if (width < 1 || height < 1) {
      throw new BadImageException(String.format(Locale.ROOT, "image of %d×%d pixels", width, height));
    }
    if (width * height > maxPixels) {
      throw new BadImageException(
          String.format(Locale.ROOT, "image of %d×%d pixels is over the limit of %d pixels", width, height, maxPixels));
    }
  }
}
