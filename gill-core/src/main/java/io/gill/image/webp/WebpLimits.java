package io.gill.image.webp;

import java.io.IOException;

/** Rejects images that are too large, before memory is allocated for them. */
public interface WebpLimits {
  /**
   * Checks a size declared by the file.
   *
   * @param width width in pixels
   * @param height height in pixels
   * @throws IOException if the image is too large
   */
  void checkSize(long width, long height) throws IOException;

  /**
   * Checks an upcoming allocation.
   *
   * @param bytes upper bound of the memory in bytes
   * @throws IOException if it is too much
   */
  void checkMemory(long bytes) throws IOException;
}
