package io.gill.hub;

import java.io.IOException;

/** A server sent a whole file in place of the requested range. */
final class RangeIgnored extends IOException {
  private static final long serialVersionUID = 1L;

  RangeIgnored(String file) {
    super("the server of " + file + " ignores ranges");
  }
}
