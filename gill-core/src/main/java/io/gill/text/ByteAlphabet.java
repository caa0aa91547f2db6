package io.gill.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The 256 characters in which byte-level BPE writes bytes: printable Latin-1 characters stand for themselves, the other
 * bytes for U+0100, U+0101, … in order.
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

  /** The character that stands for a byte in a token. */
  static char character(int b) {
    for (char c = 0; c < BYTE_OF.length; c++) {
      if (BYTE_OF[c] == b) {
        return c;
      }
    }
    throw new IllegalArgumentException("not a byte: " + b);
  }

  /** Whether all characters of a token stand for bytes. */
  static boolean covers(String token) {
    return token.codePoints().allMatch(c -> c < BYTE_OF.length && BYTE_OF[c] >= 0);
  }

  /** The bytes a token stands for; a character outside the alphabet, which no byte has, stands for its UTF-8 form. */
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
