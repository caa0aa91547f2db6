package io.gill.image;

import java.io.IOException;

/** Bytes that are not the picture they claim to be; {@link Images} adds the name of the file. */
final class BadImageException extends IOException {
  private static final long serialVersionUID = 1L;

  BadImageException(String message) {
    super(message);
  }
}
