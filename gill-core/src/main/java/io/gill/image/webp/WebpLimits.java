package io.gill.image.webp;

import java.io.IOException;

/** Refuses pictures that are too large, before anything is allocated for them. */
public interface WebpLimits {
  /**
   * Checks a size that the file declares.
   *
   * @param width in pixels
   * @param height in pixels
   * @throws IOException if the picture is too large
   */
  void checkSize(long width, long height) throws IOException;

  /**
   * Checks memory that decoding is about to take.
   *
   * @param bytes an upper bound
   * @throws IOException if that is too much
   */
  void checkMemory(long bytes) throws IOException;
}
