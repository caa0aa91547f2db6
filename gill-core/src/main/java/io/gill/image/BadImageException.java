package io.gill.image;

import java.io.IOException;

/** Reports invalid image data; {@link Images} adds the file name. */
final class BadImageException extends IOException {
  private static final long serialVersionUID = 1L;

  BadImageException(String message) {
    super(message);
  }
}
