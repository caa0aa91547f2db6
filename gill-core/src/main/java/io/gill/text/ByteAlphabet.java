package io.gill.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The 256 characters that represent bytes in byte-level BPE: printable Latin-1 characters represent themselves, and
 * U+0100, U+0101, … represent the other bytes in order.
 */
final class ByteAlphabet {
  private static final int[] BYTE_OF = new int[0x200];

  static {
    Arrays.fill(BYTE_OF, -1);
    int next = 0x100;
    for (int b = 0; b < 0x100; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      BYTE_OF[printable ? b : next++] = b;
    }
  }

  private ByteAlphabet() {}

  /** Returns the character that represents a byte in a token. */
  static char character(int b) {
    for (char c = 0; c < BYTE_OF.length; c++) {
      if (BYTE_OF[c] == b) {
        return c;
      }
    }
    throw new IllegalArgumentException("not a byte: " + b);
  }

  /** Returns whether all characters of a token represent bytes. */
  static boolean covers(String token) {
    return token.codePoints().allMatch(c -> c < BYTE_OF.length && BYTE_OF[c] >= 0);
  }

  /** Returns the bytes that a token represents. A character outside the alphabet represents its UTF-8 encoding. */
  static byte[] bytes(String token) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(token.length());
    token.codePoints().forEach(c -> {
      if (c < BYTE_OF.length && BYTE_OF[c] >= 0) {
        bytes.write(BYTE_OF[c]);
      } else {
        bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
      }
    });
    return bytes.toByteArray();
  }
}
