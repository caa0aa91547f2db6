package io.gill.image.webp;

/** Reads the bits of a VP8L stream, least significant first. */
final class Vp8lBitReader {
  private final byte[] data;
  private final int end;
  private int at;
  private long window;
  private int available;

  Vp8lBitReader(byte[] data, int start, int end) {
    this.data = data;
    this.at = start;
    this.end = end;
  }

  /** Returns the next 24 bits or more without consuming them; zeros after the end. */
  int peek() {
    while (available < 24) {
      if (at < end) {
        window |= (data[at] & 0xffL) << available;
      }
      at++;
      available += 8;
    }
    return (int) window;
  }

  void skip(int bits) {
    window >>>= bits;
    available -= bits;
  }

  /** Reads up to 24 bits as an unsigned number. */
  int read(int bits) {
    int value = peek() & ((1 << bits) - 1);
    skip(bits);
    return value;
  }

  boolean flag() {
    return read(1) != 0;
  }

  /** Returns whether more bits were consumed than there are. */
  boolean exhausted() {
    return at - available / 8 > end;
  }
}
