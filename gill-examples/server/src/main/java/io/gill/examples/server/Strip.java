package io.gill.examples.server;

/** Removes white space around a text that comes in pieces, as {@link io.gill.Reply#text()} does for a whole one. */
final class Strip {
  private String held = "";
  private boolean begun;

  /** Returns what of the text is certain after this piece; it may be empty. */
  String next(String piece) {
    String text = held + piece;
    if (!begun) {
      text = text.stripLeading();
    }
    String shown = text.stripTrailing();
    held = text.substring(shown.length());
    begun |= !shown.isEmpty();
    return shown;
  }
}
