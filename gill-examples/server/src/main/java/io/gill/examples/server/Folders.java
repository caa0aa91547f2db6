package io.gill.examples.server;

import java.util.regex.Pattern;

/** Leaves the folders of absolute paths out of what clients get, since they are none of their business. */
final class Folders {
  /** Folders of a path at the beginning of a word. They may have spaces, but no colon, quotation mark or comma. */
  private static final Pattern FOLDERS =
      Pattern.compile("(?<![\\w.~:/\\\\])(?:file:/*|[A-Za-z]:[\\\\/]|[\\\\/]{1,2})(?=[^\\s\\\\/])[^:;,'\"\\n]*[\\\\/]");

  private Folders() {}

  /** Returns a message that names the files of absolute paths without their folders. */
  static String hide(String message) {
    return FOLDERS.matcher(message).replaceAll("");
  }
}
