package io.gill.image.webp;

import java.io.IOException;

/** Thrown for data that is not WebP, or damaged. */
public final class WebpException extends IOException {
  private static final long serialVersionUID = 1L;

  WebpException(String message) {
    super(message);
  }
}
