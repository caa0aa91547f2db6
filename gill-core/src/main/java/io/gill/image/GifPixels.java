package io.gill.image;

/**
 * The palette indices of a GIF frame, packed by LZW with codes of up to 12 bits. We do not use the JDK's decoder: it
 * takes more memory than the image, and allocates it before it looks at the data. Pixels missing at the end of damaged
 * data stay 0, as in Pillow.
 */
final class GifPixels {
  private static final int MAX_BITS = 12;

  private final byte[] file;
  private final int minimumBits;
  private final int end;

  /** Start of the next data block, and end of the current one. */
  private int next;

  private int at;
  private int blockEnd;
  private int buffer;
  private int buffered;

  /**
   * Creates a reader of a frame.
   *
   * @param start index of the minimum code size
   * @param end index after the last data block
   */
  GifPixels(byte[] file, int start, int end) throws BadImageException {
    this.file = file;
    this.end = end;
    minimumBits = file[start] & 0xff;
    if (minimumBits < 1 || minimumBits > 8) {
      throw new BadImageException("corrupt GIF: codes of " + minimumBits + " bits");
    }
    next = start + 1;
    at = next;
    blockEnd = next;
  }

  /** A code stands for at most as many pixels as there were codes before it, or entries in the table. */
  long mostPixels() {
    long codes = 8L * (end - next) / (minimumBits + 1) + 1;
    return codes * Math.min(codes, 1 << MAX_BITS);
  }

  byte[] unpack(int size) throws BadImageException {
    byte[] pixels = new byte[size];
    int clear = 1 << minimumBits;
    int[] prefix = new int[1 << MAX_BITS];
    byte[] last = new byte[1 << MAX_BITS];
    int[] length = new int[1 << MAX_BITS];
    for (int i = 0; i < clear; i++) {
      last[i] = (byte) i;
      length[i] = 1;
    }
    int bits = minimumBits + 1;
    int free = clear + 2;
    int previous = -1;
    for (int done = 0; done < size;) {
      int code = read(bits);
      if (code < 0 || code == clear + 1) {
        break;
      }
      if (code == clear) {
        bits = minimumBits + 1;
        free = clear + 2;
        previous = -1;
        continue;
      }
      if (code > free || (code == free && previous < 0) || (previous < 0 && code > clear)) {
        throw new BadImageException("corrupt GIF: a code that has not been defined");
      }
      if (previous >= 0 && free < 1 << MAX_BITS) {
        prefix[free] = previous;
        length[free] = length[previous] + 1;
        last[free] = first(prefix, last, length, code == free ? previous : code);
        free++;
        if (free == 1 << bits && bits < MAX_BITS) {
          bits++;
        }
      }
      // Backwards, from the last pixel of the string to the first.
      int string = code;
      for (int to = done + length[code] - 1; to >= done; to--) {
        if (to < size) {
          pixels[to] = last[string];
        }
        string = prefix[string];
      }
      done = Math.min(size, done + length[code]);
      previous = code;
    }
    return pixels;
  }

  private static byte first(int[] prefix, byte[] last, int[] length, int code) {
    int string = code;
    while (length[string] > 1) {
      string = prefix[string];
    }
    return last[string];
  }

  /** Returns the next code, least significant bit first; -1 at the end. */
  private int read(int bits) {
    while (buffered < bits) {
      if (at == blockEnd) {
        int block = next < end ? file[next] & 0xff : 0;
        if (block == 0) {
          return -1;
        }
        at = next + 1;
        blockEnd = at + block;
        next = blockEnd;
      }
      buffer |= (file[at++] & 0xff) << buffered;
      buffered += 8;
    }
    int code = buffer & ((1 << bits) - 1);
    buffer >>>= bits;
    buffered -= bits;
    return code;
  }
}
