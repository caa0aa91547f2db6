package io.gill.image;

import java.util.Locale;

/**
 * Options for reading images. Immutable. {@link #builder()} starts from the defaults, {@link #toBuilder()} from these
 * options.
 *
 * @param applyOrientation whether to apply the EXIF orientation; the published Python does not
 * @param maxPixels maximum width × height; checked before pixels are allocated. No side may exceed 65,535
 * @param maxBytes maximum encoded size
 * @param maxMemory maximum memory of decoding in bytes, besides the encoded image: samples as stored, copies of them
 *     and the decoder's state. It is estimated from the header, as an upper bound, and checked before the allocation
 */
public record ImageReadOptions(boolean applyOrientation, long maxPixels, long maxBytes, long maxMemory) {
  /** Allowance for damaged images, whose data may be shorter than their header claims. */
  private static final long SMALL = 1 << 20;

  /** As in JPEG. The memory for resizing a picture to a small square grows with its longer side. */
  private static final long LONGEST_SIDE = 65_535;

  private static final ImageReadOptions DEFAULT = new ImageReadOptions(true, 100_000_000L, 256L << 20, 1L << 30);
  private static final ImageReadOptions UNTRUSTED = new ImageReadOptions(true, 25_000_000L, 32L << 20, 256L << 20);

  /**
   * Checks the limits.
   *
   * @param applyOrientation whether to apply the EXIF orientation
   * @param maxPixels maximum width × height
   * @param maxBytes maximum encoded size
   * @param maxMemory maximum memory of decoding in bytes, besides the encoded image
   * @throws IllegalArgumentException if a limit is less than 1 or exceeds the size of a Java array
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
   * Returns options for the application's own images. A valid image of the maximum size can take as few as 30 bytes.
   *
   * @return orientation applied, at most 100 megapixels, 256 MiB encoded and 1 GiB of memory
   */
  public static ImageReadOptions defaults() {
    return DEFAULT;
  }

  /**
   * Returns options for untrusted images, such as uploads and downloads. The memory limit applies to each concurrently
   * decoded image.
   *
   * @return orientation applied, at most 25 megapixels, 32 MiB encoded and 256 MiB of memory
   */
  public static ImageReadOptions untrusted() {
    return UNTRUSTED;
  }

  /**
   * Creates a builder with the defaults.
   *
   * @return the builder
   */
  public static Builder builder() {
    return DEFAULT.toBuilder();
  }

  /**
   * Creates a builder with these options.
   *
   * @return the builder
   */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Builds the options. Not thread-safe. */
  public static final class Builder {
    private boolean applyOrientation;
    private long maxPixels;
    private long maxBytes;
    private long maxMemory;

    private Builder(ImageReadOptions from) {
      applyOrientation = from.applyOrientation;
      maxPixels = from.maxPixels;
      maxBytes = from.maxBytes;
      maxMemory = from.maxMemory;
    }

    /**
     * Sets {@link ImageReadOptions#applyOrientation()}.
     *
     * @param value whether to apply the EXIF orientation
     * @return this
     */
    public Builder applyOrientation(boolean value) {
      applyOrientation = value;
      return this;
    }

    /**
     * Sets {@link ImageReadOptions#maxPixels()}.
     *
     * @param value maximum width × height
     * @return this
     */
    public Builder maxPixels(long value) {
      maxPixels = value;
      return this;
    }

    /**
     * Sets {@link ImageReadOptions#maxBytes()}.
     *
     * @param value maximum encoded size
     * @return this
     */
    public Builder maxBytes(long value) {
      maxBytes = value;
      return this;
    }

    /**
     * Sets {@link ImageReadOptions#maxMemory()}.
     *
     * @param value maximum memory of decoding in bytes, besides the encoded image
     * @return this
     */
    public Builder maxMemory(long value) {
      maxMemory = value;
      return this;
    }

    /**
     * Builds the options.
     *
     * @return the options
     * @throws IllegalArgumentException if a limit is less than 1 or exceeds the size of a Java array
     */
    public ImageReadOptions build() {
      return new ImageReadOptions(applyOrientation, maxPixels, maxBytes, maxMemory);
    }
  }

  /** Rejects an image whose decoding would exceed the memory limit. */
  void checkMemory(long bytes) throws BadImageException {
    if (bytes > maxMemory) {
      throw new BadImageException(
          "decoding takes up to " + bytes + " bytes of memory, over the limit of " + maxMemory);
    }
  }

  /**
   * Rejects a file that is far too short for its pixels, before memory for the missing ones is allocated.
   *
   * @param most upper bound of what the compressed bytes can contain, in any unit
   * @param claimed amount that the header claims, in the same unit
   */
  static void checkPlausible(long most, long claimed, String format) throws BadImageException {
    if (claimed > Math.max(most, SMALL)) {
      throw new BadImageException("truncated " + format + ": too short for the size it claims");
    }
  }

  /** Rejects a declared size that is not positive or exceeds the limit. */
  void checkSize(long width, long height) throws BadImageException {
    if (width < 1 || height < 1) {
      throw new BadImageException(String.format(Locale.ROOT, "image of %d×%d pixels", width, height));
    }
    if (width * height > maxPixels) {
      throw new BadImageException(String.format(
          Locale.ROOT, "image of %d×%d pixels is over the limit of %d pixels", width, height, maxPixels));
    }
    if (Math.max(width, height) > LONGEST_SIDE) {
      throw new BadImageException(String.format(
          Locale.ROOT, "image of %d×%d pixels is over the limit of %d pixels a side", width, height, LONGEST_SIDE));
    }
  }
}
