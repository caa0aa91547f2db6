package io.gill.text;

/**
 * A token that is recognised literally in a text, which is split at it before BPE.
 *
 * @param content the text of the token
 * @param stripsLeft whether it removes white space before it
 * @param stripsRight whether it removes white space after it
 */
record SpecialToken(String content, boolean stripsLeft, boolean stripsRight) {
  static SpecialToken plain(String content) {
    return new SpecialToken(content, false, false);
  }

  static SpecialToken stripping(String content) {
    return new SpecialToken(content, true, true);
  }
}
