package io.gill.image;

import java.util.Locale;

/**
 * How pictures are read. Immutable.
 *
 * @param applyOrientation whether a picture is turned as its EXIF orientation says; the published Python does not
 * @param maxPixels the largest width × height that is decoded; checked before pixels are allocated
 * @param maxBytes the largest encoded size that is read
 * @param maxMemory how many bytes decoding may take beside the encoded ones: samples as they are stored, copies of them
 *     and what the decoder keeps; estimated from the header, upwards, and checked before they are allocated
 */
public record ImageReadOptions(boolean applyOrientation, long maxPixels, long maxBytes, long maxMemory) {
  /** What a damaged picture may take without having it. */
  private static final long SMALL = 1 << 20;

  /**
   * For pictures of the application's own: orientation applied, at most 100 megapixels, 256 MiB encoded and 1 GiB of
   * memory. A file of 30 bytes can be a valid picture of that size.
   */
  public static final ImageReadOptions DEFAULT = new ImageReadOptions(true, 100_000_000L, 256L << 20, 1L << 30);

  /**
   * For pictures from strangers, such as uploads and downloads: orientation applied, at most 25 megapixels, 32 MiB
   * encoded and 256 MiB of memory. Multiply the memory by the number of pictures that are decoded at a time.
   */
  public static final ImageReadOptions UNTRUSTED = new ImageReadOptions(true, 25_000_000L, 32L << 20, 256L << 20);

  /**
   * Checks the limits.
   *
   * @param applyOrientation whether a picture is turned as its EXIF orientation says
   * @param maxPixels the largest width × height that is decoded
   * @param maxBytes the largest encoded size that is read
   * @param maxMemory how many bytes decoding may take beside the encoded ones
   * @throws IllegalArgumentException if a limit is less than 1 or more than a Java array can have
   */
  public ImageReadOptions {
    if (maxPixels < 1 || maxPixels > Integer.MAX_VALUE / 4) {
      throw new IllegalArgumentException("maxPixels must be in 1.." + Integer.MAX_VALUE / 4 + ": " + maxPixels);
    }
    if (maxBytes < 1 || maxBytes > Integer.MAX_VALUE - 4096) {
      throw new IllegalArgumentException("maxBytes must be in 1.." + (Integer.MAX_VALUE - 4096) + ": " + maxBytes);
    }
    if (maxMemory < 1) {
      throw new IllegalArgumentException("maxMemory must be at least 1: " + maxMemory);
    }
  }

  /**
   * These options with another choice about orientation.
   *
   * @param apply whether a picture is turned as its EXIF orientation says
   * @return the new options
   */
  public ImageReadOptions withApplyOrientation(boolean apply) {
    return new ImageReadOptions(apply, maxPixels, maxBytes, maxMemory);
  }

  /**
   * These options with another limit on pixels.
   *
   * @param pixels the largest width × height
   * @return the new options
   */
  public ImageReadOptions withMaxPixels(long pixels) {
    return new ImageReadOptions(applyOrientation, pixels, maxBytes, maxMemory);
  }

  /**
   * These options with another limit on the encoded size.
   *
   * @param bytes the largest file
   * @return the new options
   */
  public ImageReadOptions withMaxBytes(long bytes) {
    return new ImageReadOptions(applyOrientation, maxPixels, bytes, maxMemory);
  }

  /**
   * These options with another limit on memory.
   *
   * @param bytes how many bytes decoding may take
   * @return the new options
   */
  public ImageReadOptions withMaxMemory(long bytes) {
    return new ImageReadOptions(applyOrientation, maxPixels, maxBytes, bytes);
  }

  /** Refuses a picture whose decoding would take more memory than is allowed. */
  void checkMemory(long bytes) throws BadImageException {
    if (bytes > maxMemory) {
      throw new BadImageException(
          "decoding takes up to " + bytes + " bytes of memory, over the limit of " + maxMemory);
    }
  }

  /**
   * Refuses a file that is far too short for its pixels, before anything is allocated for those that are missing.
   *
   * @param most an upper bound of what the compressed bytes can hold, in any unit
   * @param claimed what the header says, in the same unit
   */
  static void checkPlausible(long most, long claimed, String format) throws BadImageException {
    if (claimed > Math.max(most, SMALL)) {
      throw new BadImageException("truncated " + format + ": too short for the size it claims");
    }
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
