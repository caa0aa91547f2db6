package io.gill.text;

/**
 * Decodes UTF-8 byte by byte. Each maximal incomplete start of a character becomes one U+FFFD, as in Python's
 * {@code bytes.decode(errors="replace")} (Unicode 3.9, "substitution of maximal subparts"). Java's own decoder differs
 * for encoded surrogates.
 */
final class Utf8Decoder {
  private int codePoint;
  private int missing;
  private int lower = 0x80;
  private int upper = 0xBF;

  void append(byte[] bytes, StringBuilder out) {
    for (byte b : bytes) {
      append(b & 0xFF, out);
    }
  }

  /** Ends the text. An incomplete character becomes U+FFFD. */
  void finish(StringBuilder out) {
    if (missing > 0) {
      missing = 0;
      lower = 0x80;
      upper = 0xBF;
      out.append(Unicode.REPLACEMENT);
    }
  }

  private void append(int b, StringBuilder out) {
    if (missing > 0 && (b < lower || b > upper)) {
      finish(out);
    }
    if (missing == 0) {
      begin(b, out);
      return;
    }
    lower = 0x80;
    upper = 0xBF;
    codePoint = (codePoint << 6) | (b & 0x3F);
    if (--missing == 0) {
      out.appendCodePoint(codePoint);
    }
  }

  private void begin(int b, StringBuilder out) {
    if (b < 0x80) {
      out.append((char) b);
    } else if (b >= 0xC2 && b <= 0xDF) {
      missing = 1;
      codePoint = b & 0x1F;
    } else if (b >= 0xE0 && b <= 0xEF) {
      missing = 2;
      codePoint = b & 0x0F;
      // The second byte excludes overlong forms and surrogates.
      lower = b == 0xE0 ? 0xA0 : 0x80;
      upper = b == 0xED ? 0x9F : 0xBF;
    } else if (b >= 0xF0 && b <= 0xF4) {
      missing = 3;
      codePoint = b & 0x07;
      // The second byte excludes overlong forms and values above U+10FFFF.
      lower = b == 0xF0 ? 0x90 : 0x80;
      upper = b == 0xF4 ? 0x8F : 0xBF;
    } else {
      out.append(Unicode.REPLACEMENT);
    }
  }
}
