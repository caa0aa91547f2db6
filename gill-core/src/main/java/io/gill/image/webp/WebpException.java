package io.gill.image.webp;

import java.io.IOException;

/** Bytes that are no WebP picture, or a damaged one. */
public final class WebpException extends IOException {
  private static final long serialVersionUID = 1L;

  WebpException(String message) {
    super(message);
  }
}
