package io.gill.image.webp;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Decodes VP8L, the lossless form of WebP (RFC 9649), which also encodes the alpha of lossy images. We do not use
 * TwelveMonkeys' ImageIO plug-in, which decodes some valid streams incorrectly.
 */
final class Vp8lDecoder {
  private static final int LITERALS = 256;
  private static final int LENGTHS = 24;
  private static final int DISTANCES = 40;

  /** Offsets of the 120 nearest distance codes: rows up × 16 + (8 − columns to the left). */
  private static final int[] NEAR = {
    0x18, 0x07, 0x17, 0x19, 0x28, 0x06, 0x27, 0x29, 0x16, 0x1a, 0x26, 0x2a, 0x38, 0x05, 0x37, 0x39, 0x15, 0x1b, 0x36,
    0x3a, 0x25, 0x2b, 0x48, 0x04, 0x47, 0x49, 0x14, 0x1c, 0x35, 0x3b, 0x46, 0x4a, 0x24, 0x2c, 0x58, 0x45, 0x4b, 0x34,
    0x3c, 0x03, 0x57, 0x59, 0x13, 0x1d, 0x56, 0x5a, 0x23, 0x2d, 0x44, 0x4c, 0x55, 0x5b, 0x33, 0x3d, 0x68, 0x02, 0x67,
    0x69, 0x12, 0x1e, 0x66, 0x6a, 0x22, 0x2e, 0x54, 0x5c, 0x43, 0x4d, 0x65, 0x6b, 0x32, 0x3e, 0x78, 0x01, 0x77, 0x79,
    0x53, 0x5d, 0x11, 0x1f, 0x64, 0x6c, 0x42, 0x4e, 0x76, 0x7a, 0x21, 0x2f, 0x75, 0x7b, 0x31, 0x3f, 0x63, 0x6d, 0x52,
    0x5e, 0x00, 0x74, 0x7c, 0x41, 0x4f, 0x10, 0x20, 0x62, 0x6e, 0x30, 0x73, 0x7d, 0x51, 0x5f, 0x40, 0x72, 0x7e, 0x61,
    0x6f, 0x50, 0x71, 0x7f, 0x60, 0x70
  };

  /** Maximum memory of a group's five codes: tables of the first 8 bits, and their symbols. */
  private static final long BYTES_OF_GROUP = 5 * (4 << 8) + 4 * (4 * 256 + (1 << 11));

  private final Vp8lBitReader in;
  private final WebpLimits limits;

  private Vp8lDecoder(Vp8lBitReader in, WebpLimits limits) {
    this.in = in;
    this.limits = limits;
  }

  /** Decodes a stream without its header; pixels are alpha, red, green, blue from the highest byte down. */
  static int[] decode(byte[] data, int start, int end, int width, int height, WebpLimits limits)
      throws IOException {
    return new Vp8lDecoder(new Vp8lBitReader(data, start, end), limits).image(width, height);
  }

  /** Inverts a transform on an image of this size. */
  private interface Inverse {
    int[] apply(int[] argb);
  }

  private int[] image(int width, int height) throws IOException {
    Deque<Inverse> inverses = new ArrayDeque<>();
    int seen = 0;
    int packedWidth = width;
    while (in.flag()) {
      int type = in.read(2);
      if ((seen & (1 << type)) != 0) {
        throw new WebpException("corrupt WebP: a transform twice");
      }
      seen |= 1 << type;
      int w = packedWidth;
      if (type == 3) {
        int[] palette = readPalette();
        int bits = palette.length > 16 ? 0 : palette.length > 4 ? 1 : palette.length > 2 ? 2 : 3;
        packedWidth = tiles(w, bits);
        inverses.push(argb -> lookUp(argb, w, height, palette, bits));
      } else if (type == 2) {
        inverses.push(Vp8lDecoder::addGreen);
      } else {
        int bits = 2 + in.read(3);
        int[] tiles = entropyCoded(tiles(w, bits), tiles(height, bits), false);
        inverses.push(type == 0
            ? argb -> Vp8lPredictor.undo(argb, w, tiles, bits)
            : argb -> addColors(argb, w, tiles, bits));
      }
    }
    int[] argb = entropyCoded(packedWidth, height, true);
    for (Inverse inverse : inverses) {
      argb = inverse.apply(argb);
    }
    return argb;
  }

  private static int tiles(int size, int bits) {
    return (size + (1 << bits) - 1) >> bits;
  }

  private int[] readPalette() throws IOException {
    int size = 1 + in.read(8);
    int[] palette = entropyCoded(size, 1, false);
    for (int i = 1; i < size; i++) {
      palette[i] = Vp8lPredictor.add(palette[i], palette[i - 1]);
    }
    return palette;
  }

  /** Reads an entropy-coded image (RFC 9649, section 3.5); only the main image has several groups of codes. */
  private int[] entropyCoded(int width, int height, boolean main) throws IOException {
    int cacheBits = in.flag() ? in.read(4) : 0;
    if (cacheBits > 11) {
      throw new WebpException("corrupt WebP: a color cache of " + cacheBits + " bits");
    }
    int tileBits = 0;
    int[] groupOfTile = {0};
    int groups = 1;
    if (main && in.flag()) {
      tileBits = 2 + in.read(3);
      groupOfTile = entropyCoded(tiles(width, tileBits), tiles(height, tileBits), false);
      for (int i = 0; i < groupOfTile.length; i++) {
        groupOfTile[i] = (groupOfTile[i] >> 8) & 0xffff;
        groups = Math.max(groups, groupOfTile[i] + 1);
      }
    }
    limits.checkMemory(4L * width * height + groups * BYTES_OF_GROUP);
    int cacheSize = cacheBits == 0 ? 0 : 1 << cacheBits;
    Vp8lPrefixCode[][] codes = new Vp8lPrefixCode[groups][];
    for (int i = 0; i < groups; i++) {
      codes[i] = new Vp8lPrefixCode[] {
        Vp8lPrefixCode.readFrom(in, LITERALS + LENGTHS + cacheSize), Vp8lPrefixCode.readFrom(in, LITERALS),
        Vp8lPrefixCode.readFrom(in, LITERALS), Vp8lPrefixCode.readFrom(in, LITERALS),
        Vp8lPrefixCode.readFrom(in, DISTANCES)
      };
    }
    return pixels(width, height, codes, groupOfTile, tileBits, cacheBits);
  }

  private int[] pixels(int width, int height, Vp8lPrefixCode[][] codes, int[] groupOfTile, int tileBits, int cacheBits)
      throws IOException {
    int[] argb = new int[Math.multiplyExact(width, height)];
    int[] cache = new int[cacheBits == 0 ? 0 : 1 << cacheBits];
    int tilesAcross = tileBits == 0 ? 0 : tiles(width, tileBits);
    int at = 0;
    int cached = 0;
    while (at < argb.length) {
      int group = tileBits == 0 ? 0 : ((at / width) >> tileBits) * tilesAcross + ((at % width) >> tileBits);
      Vp8lPrefixCode[] code = codes[groupOfTile[group]];
      int symbol = code[0].read(in);
      if (symbol < LITERALS) {
        int red = code[1].read(in);
        int blue = code[2].read(in);
        argb[at++] = (code[3].read(in) << 24) | (red << 16) | (symbol << 8) | blue;
      } else if (symbol < LITERALS + LENGTHS) {
        int length = lengthOrDistance(symbol - LITERALS);
        int distance = distance(lengthOrDistance(code[4].read(in)), width);
        if (distance > at || length > argb.length - at) {
          throw new WebpException("corrupt WebP: a copy from outside the image");
        }
        for (; length > 0; length--, at++) {
          argb[at] = argb[at - distance];
        }
      } else {
        // The cache holds the pixels decoded so far; it is updated lazily.
        for (; cached < at; cached++) {
          cache[hash(argb[cached], cacheBits)] = argb[cached];
        }
        argb[at++] = cache[symbol - LITERALS - LENGTHS];
      }
      if (in.exhausted()) {
        throw new WebpException("truncated WebP");
      }
    }
    return argb;
  }

  private static int hash(int argb, int bits) {
    return (0x1e35a7bd * argb) >>> (32 - bits);
  }

  private int lengthOrDistance(int symbol) {
    if (symbol < 4) {
      return symbol + 1;
    }
    int extra = (symbol - 2) >> 1;
    return ((2 + (symbol & 1)) << extra) + in.read(extra) + 1;
  }

  private static int distance(int code, int width) {
    if (code > NEAR.length) {
      return code - NEAR.length;
    }
    int near = NEAR[code - 1];
    return Math.max(1, (near >> 4) * width + 8 - (near & 15));
  }

  private static int[] addGreen(int[] argb) {
    for (int i = 0; i < argb.length; i++) {
      int green = (argb[i] >> 8) & 0xff;
      argb[i] = Vp8lPredictor.add(argb[i], (green << 16) | green);
    }
    return argb;
  }

  /** Adds the parts of red predicted by green, and of blue predicted by green and red; factors are per tile. */
  private static int[] addColors(int[] argb, int width, int[] tiles, int bits) {
    int across = tiles(width, bits);
    for (int i = 0; i < argb.length; i++) {
      int factors = tiles[((i / width) >> bits) * across + ((i % width) >> bits)];
      int color = argb[i];
      int green = (byte) (color >> 8);
      int red = (color >> 16) + (((byte) factors * green) >> 5);
      int blue = color + (((byte) (factors >> 8) * green) >> 5) + (((byte) (factors >> 16) * (byte) red) >> 5);
      argb[i] = (color & 0xff00ff00) | ((red & 0xff) << 16) | (blue & 0xff);
    }
    return argb;
  }

  /** Looks up indices in green, which packs several pixels if the palette is small; invalid ones are transparent. */
  private static int[] lookUp(int[] packed, int width, int height, int[] palette, int bits) {
    int depth = 8 >> bits;
    int packedWidth = tiles(width, bits);
    int[] argb = new int[width * height];
    for (int y = 0, to = 0; y < height; y++) {
      for (int x = 0; x < width; x++, to++) {
        int green = (packed[y * packedWidth + (x >> bits)] >> 8) & 0xff;
        int index = (green >> ((x & ((1 << bits) - 1)) * depth)) & ((1 << depth) - 1);
        argb[to] = index < palette.length ? palette[index] : 0;
      }
    }
    return argb;
  }
}
