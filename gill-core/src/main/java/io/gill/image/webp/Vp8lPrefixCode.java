package io.gill.image.webp;

import java.io.IOException;

/** A canonical prefix code of VP8L (RFC 9649, section 3.7.2). */
final class Vp8lPrefixCode {
  private static final int LONGEST = 15;
  private static final int TABLE_BITS = 8;
  private static final int[] LENGTH_ORDER = {17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

  /** Indexed by the next {@link #tableBits} bits: symbol × 16 + length; 0 for longer codes. */
  private final int[] table;

  private final int tableBits;
  private final int[] counts = new int[LONGEST + 1];
  private final int[] symbols;

  private Vp8lPrefixCode(int[] lengths) throws IOException {
    int used = 0;
    int longest = 0;
    for (int length : lengths) {
      if (length > 0) {
        counts[length]++;
        used++;
        longest = Math.max(longest, length);
      }
    }
    symbols = new int[used];
    int[] next = new int[LONGEST + 2];
    int space = 1 << LONGEST;
    for (int length = 1; length <= LONGEST; length++) {
      next[length + 1] = next[length] + counts[length];
      space -= counts[length] << (LONGEST - length);
    }
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] > 0) {
        symbols[next[lengths[symbol]]++] = symbol;
      }
    }
    // A single symbol takes no bits; any other code must be complete.
    if (used == 0 || (used > 1 && space != 0)) {
      throw new WebpException("corrupt WebP: an incomplete prefix code");
    }
    tableBits = used == 1 ? 0 : Math.min(TABLE_BITS, longest);
    table = new int[1 << tableBits];
    if (used == 1) {
      table[0] = symbols[0] * 16;
    } else {
      fillTable();
    }
  }

  private void fillTable() {
    int code = 0;
    int index = 0;
    for (int length = 1; length <= tableBits; length++) {
      for (int i = 0; i < counts[length]; i++, code++, index++) {
        int reversed = Integer.reverse(code) >>> (32 - length);
        for (int at = reversed; at < table.length; at += 1 << length) {
          table[at] = symbols[index] * 16 + length;
        }
      }
      code <<= 1;
    }
  }

  int read(Vp8lBitReader in) {
    int bits = in.peek();
    int entry = table[bits & (table.length - 1)];
    if (entry != 0 || tableBits == 0) {
      in.skip(entry & 15);
      return entry >> 4;
    }
    int code = 0;
    int first = 0;
    int index = 0;
    for (int length = 1; length <= LONGEST; length++) {
      code |= (bits >> (length - 1)) & 1;
      if (code - first < counts[length]) {
        in.skip(length);
        return symbols[index + code - first];
      }
      index += counts[length];
      first = (first + counts[length]) << 1;
      code <<= 1;
    }
    throw new IllegalStateException("a complete code has every word");
  }

  /** Reads the description of a code for {@code alphabet} symbols. */
  static Vp8lPrefixCode readFrom(Vp8lBitReader in, int alphabet) throws IOException {
    int[] lengths = new int[alphabet];
    if (in.flag()) {
      boolean two = in.flag();
      setLength(lengths, in.read(in.flag() ? 8 : 1));
      if (two) {
        setLength(lengths, in.read(8));
      }
    } else {
      readLengths(in, lengths);
    }
    if (in.exhausted()) {
      throw new WebpException("truncated WebP");
    }
    return new Vp8lPrefixCode(lengths);
  }

  private static void setLength(int[] lengths, int symbol) throws IOException {
    if (symbol >= lengths.length) {
      throw new WebpException("corrupt WebP: a symbol outside its alphabet");
    }
    lengths[symbol] = 1;
  }

  private static void readLengths(Vp8lBitReader in, int[] lengths) throws IOException {
    int[] lengthLengths = new int[LENGTH_ORDER.length];
    int given = 4 + in.read(4);
    if (given > LENGTH_ORDER.length) {
      throw new WebpException("corrupt WebP: too many code lengths");
    }
    for (int i = 0; i < given; i++) {
      lengthLengths[LENGTH_ORDER[i]] = in.read(3);
    }
    Vp8lPrefixCode code = new Vp8lPrefixCode(lengthLengths);
    int left = in.flag() ? 2 + in.read(2 + 2 * in.read(3)) : lengths.length;
    if (left > lengths.length) {
      throw new WebpException("corrupt WebP: more code lengths than symbols");
    }
    int previous = 8;
    for (int symbol = 0; symbol < lengths.length && left > 0; left--) {
      int length = code.read(in);
      if (length < 16) {
        lengths[symbol++] = length;
        previous = length == 0 ? previous : length;
        continue;
      }
      int repeat = length == 16 ? 3 + in.read(2) : length == 17 ? 3 + in.read(3) : 11 + in.read(7);
      if (symbol + repeat > lengths.length) {
        throw new WebpException("corrupt WebP: more code lengths than symbols");
      }
      for (; repeat > 0; repeat--) {
        lengths[symbol++] = length == 16 ? previous : 0;
      }
    }
  }
}
