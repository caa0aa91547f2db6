package io.gill.image;

import io.gill.GillException;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Objects;

/** Reads the images of one request from a stranger within a common limit of pixels. Not thread-safe. */
public final class PixelBudget {
  private final ImageReadOptions each;
  private long left;

  /**
   * Creates an unspent budget.
   *
   * @param each options of each image, whose {@link ImageReadOptions#maxPixels()} also holds
   * @param pixels maximum number of pixels of all images together, from 1
   * @throws IllegalArgumentException if the number is less than 1
   */
  public PixelBudget(ImageReadOptions each, long pixels) {
    this.each = Objects.requireNonNull(each, "each");
    if (pixels < 1) {
      throw new IllegalArgumentException("pixels is " + pixels + ": use 1 or more");
    }
    left = pixels;
  }

  /**
   * Returns whether nothing is left for another image.
   *
   * @return true if no image can be read any more
   */
  public boolean isSpent() {
    return left < 1;
  }

  /**
   * Reads an image from memory.
   *
   * @param data the encoded image
   * @param name name of the image in messages
   * @return the image
   * @throws GillException if the data is not an image, is damaged, or exceeds a limit or what is left
   * @throws IllegalStateException if the budget is spent
   */
  public BufferedImage read(byte[] data, String name) {
    return counted(Images.read(data, name, options()));
  }

  /**
   * Reads an image file.
   *
   * @param file path of the file
   * @return the image
   * @throws GillException if the file cannot be read, is not an image, is damaged, or exceeds a limit or what is left
   * @throws IllegalStateException if the budget is spent
   */
  public BufferedImage read(Path file) {
    return counted(Images.read(file, options()));
  }

  /**
   * Counts an image that was read elsewhere.
   *
   * @param image the image
   * @return false if the images now have more pixels than allowed
   */
  public boolean spend(BufferedImage image) {
    left -= (long) image.getWidth() * image.getHeight();
    return left >= 0;
  }

  private ImageReadOptions options() {
    if (isSpent()) {
      throw new IllegalStateException("the images have used up their pixels: ask isSpent() first");
    }
    return each.toBuilder().maxPixels(Math.min(each.maxPixels(), left)).build();
  }

  private BufferedImage counted(BufferedImage image) {
    spend(image);
    return image;
  }
}
