package io.gill.text;

/**
 * A token that stands for itself in a text: the text is cut at it before BPE sees the rest.
 *
 * @param content how it is written
 * @param stripsLeft whether it swallows white space before it
 * @param stripsRight whether it swallows white space after it
 */
record SpecialToken(String content, boolean stripsLeft, boolean stripsRight) {
  static SpecialToken plain(String content) {
    return new SpecialToken(content, false, false);
  }

  static SpecialToken stripping(String content) {
    return new SpecialToken(content, true, true);
  }
}
