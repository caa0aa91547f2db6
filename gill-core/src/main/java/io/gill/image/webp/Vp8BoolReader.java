package io.gill.image.webp;

/** The arithmetic decoder of RFC 6386, section 7. */
final class Vp8BoolReader {
  private final byte[] data;
  private final int end;
  private int at;
  private int range = 255;
  /** Input window: 8 bits to compare with, followed by {@code extra} bits. */
  private long value;
  private int extra = -8;
  private boolean exhausted;

  Vp8BoolReader(byte[] data, int start, int end) {
    this.data = data;
    this.at = start;
    this.end = end;
  }

  /** Returns whether more bits were requested than there are. */
  boolean exhausted() {
    return exhausted;
  }

  /** Returns the next bit; it is 0 with probability {@code probability} / 256. */
  int bit(int probability) {
    while (extra < 0) {
      if (at < end) {
        value = (value << 8) | (data[at++] & 0xff);
      } else {
        value <<= 8;
        exhausted = true;
      }
      extra += 8;
    }
    int split = 1 + (((range - 1) * probability) >> 8);
    int bit;
    if (value >> extra >= split) {
      value -= (long) split << extra;
      range -= split;
      bit = 1;
    } else {
      range = split;
      bit = 0;
    }
    int shift = Integer.numberOfLeadingZeros(range) - 24;
    range <<= shift;
    extra -= shift;
    return bit;
  }

  boolean flag() {
    return bit(128) != 0;
  }

  int literal(int bits) {
    int result = 0;
    for (int i = 0; i < bits; i++) {
      result = (result << 1) | bit(128);
    }
    return result;
  }

  /** Reads a magnitude, then a sign. */
  int signed(int bits) {
    int magnitude = literal(bits);
    return flag() ? -magnitude : magnitude;
  }

  /** Reads a flag, then {@link #signed} if it is set; 0 otherwise. */
  int optionalSigned(int bits) {
    return flag() ? signed(bits) : 0;
  }
}
