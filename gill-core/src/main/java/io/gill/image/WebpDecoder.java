package io.gill.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** WebP: lossy, lossless, with alpha; of an animation, the first frame on its canvas. */
final class WebpDecoder {
  private static final int LOSSLESS_SIGNATURE = 0x2f;

  /** Of a pixel: 4 as read, 4 through a palette, up to 4 of the result, 1 for the tiles of transforms. */
  private static final long BYTES_LOSSLESS = 13;

  /** Of a pixel: luma, two planes of chroma at a quarter, and the result. */
  static final long BYTES_LOSSY = 5;

  /** Of a pixel, in addition: the alpha, as a lossless picture of no result, and the result with it. */
  private static final long BYTES_ALPHA = 14;

  private final byte[] file;
  private final ByteBuffer in;
  private final ImageReadOptions options;

  /** The canvas of the extended format, 0 where there is none. */
  private int canvasWidth;

  private int canvasHeight;
  private boolean alphaFlag;
  private int left;
  private int top;
  private @Nullable Pixels picture;
  private byte @Nullable [] exif;

  /** Where the payload of an ALPH chunk lies. */
  private int alphaStart;

  private int alphaEnd;

  private WebpDecoder(byte[] file, ImageReadOptions options) {
    this.file = file;
    this.in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    this.options = options;
  }

  static Decoded decode(byte[] file, ImageReadOptions options) throws IOException {
    return new WebpDecoder(file, options).decode();
  }

  private Decoded decode() throws IOException {
    if (file.length < 20) {
      throw truncated();
    }
    long declared = 8 + (in.getInt(4) & 0xffffffffL);
    if (declared > file.length) {
      throw truncated();
    }
    chunks(12, (int) declared);
    if (picture == null) {
      throw new BadImageException("WebP without an image");
    }
    return new Decoded(onCanvas(picture), exif);
  }

  private static BadImageException truncated() {
    return new BadImageException("truncated WebP");
  }

  private void chunks(int start, int end) throws IOException {
    int at = start;
    while (at + 8 <= end) {
      String type = new String(file, at, 4, StandardCharsets.ISO_8859_1);
      long size = in.getInt(at + 4) & 0xffffffffL;
      int from = at + 8;
      if (from + size > end) {
        throw truncated();
      }
      int to = from + (int) size;
      switch (type) {
        case "VP8X" -> extended(from, to);
        case "ANMF" -> {
          if (picture == null) {
            frame(from, to);
          }
        }
        case "ALPH" -> {
          alphaStart = from;
          alphaEnd = to;
        }
        case "VP8 " -> {
          if (picture == null) {
            picture = withAlpha(Vp8Decoder.decode(file, from, to, options));
          }
        }
        case "VP8L" -> {
          if (picture == null) {
            picture = lossless(from, to);
          }
        }
        case "EXIF" -> exif = withoutPrefix(from, to);
        default -> { }
      }
      at = (int) Math.min(end, (long) to + (size & 1));
    }
  }

  private void extended(int from, int to) throws BadImageException {
    if (to - from < 10) {
      throw truncated();
    }
    alphaFlag = (file[from] & 0x10) != 0;
    canvasWidth = 1 + uint24(from + 4);
    canvasHeight = 1 + uint24(from + 7);
    options.checkSize(canvasWidth, canvasHeight);
  }

  private void frame(int from, int to) throws IOException {
    if (to - from < 16) {
      throw truncated();
    }
    left = 2 * uint24(from);
    top = 2 * uint24(from + 3);
    chunks(from + 16, to);
  }

  private int uint24(int at) {
    return (in.getShort(at) & 0xffff) | ((file[at + 2] & 0xff) << 16);
  }

  private byte[] withoutPrefix(int from, int to) {
    boolean prefixed = to - from > 6 && new String(file, from, 4, StandardCharsets.ISO_8859_1).equals("Exif");
    return Arrays.copyOfRange(file, prefixed ? from + 6 : from, to);
  }

  private Pixels lossless(int from, int to) throws IOException {
    if (to - from < 5 || file[from] != LOSSLESS_SIGNATURE) {
      throw new BadImageException("corrupt WebP: no lossless signature");
    }
    int sizes = in.getInt(from + 1);
    int width = 1 + (sizes & 0x3fff);
    int height = 1 + ((sizes >> 14) & 0x3fff);
    options.checkSize(width, height);
    if (sizes >>> 29 != 0) {
      throw new BadImageException("corrupt WebP: lossless version " + (sizes >>> 29));
    }
    options.checkMemory(BYTES_LOSSLESS * width * height);
    PixelMode mode = ((sizes >> 28) & 1) != 0 ? PixelMode.RGBA : PixelMode.RGB;
    byte[] data = new byte[Math.multiplyExact(width * height, mode.bytes)];
    int at = 0;
    for (int argb : Vp8lDecoder.decode(file, from + 5, to, width, height, options)) {
      if (mode == PixelMode.RGBA) {
        data[at++] = (byte) (argb >> 24);
      }
      data[at++] = (byte) argb;
      data[at++] = (byte) (argb >> 8);
      data[at++] = (byte) (argb >> 16);
    }
    return new Pixels(mode, width, height, data);
  }

  private Pixels withAlpha(Pixels rgb) throws IOException {
    if (alphaEnd == 0) {
      return rgb;
    }
    options.checkMemory((BYTES_LOSSY + BYTES_ALPHA) * rgb.width * rgb.height);
    byte[] alpha = alphaPlane(rgb.width, rgb.height);
    byte[] data = new byte[4 * alpha.length];
    for (int i = 0; i < alpha.length; i++) {
      data[4 * i] = alpha[i];
      System.arraycopy(rgb.data, 3 * i, data, 4 * i + 1, 3);
    }
    return new Pixels(PixelMode.RGBA, rgb.width, rgb.height, data);
  }

  private byte[] alphaPlane(int width, int height) throws IOException {
    if (alphaEnd - alphaStart < 2) {
      throw truncated();
    }
    int n = width * height;
    int flags = file[alphaStart];
    byte[] alpha = new byte[n];
    if ((flags & 3) == 0) {
      if (alphaEnd - alphaStart - 1 < n) {
        throw truncated();
      }
      System.arraycopy(file, alphaStart + 1, alpha, 0, n);
    } else {
      // A lossless stream without its header, the alpha in green.
      int[] argb = Vp8lDecoder.decode(file, alphaStart + 1, alphaEnd, width, height, options);
      for (int i = 0; i < n; i++) {
        alpha[i] = (byte) (argb[i] >> 8);
      }
    }
    unfilter(alpha, width, (flags >> 2) & 3);
    return alpha;
  }

  /** Undoes the prediction of an alpha plane: 0 none, 1 from the left, 2 from above, 3 by the gradient. */
  private static void unfilter(byte[] alpha, int width, int method) {
    for (int i = 0; method != 0 && i < alpha.length; i++) {
      int x = i % width;
      int west = x > 0 ? alpha[i - 1] & 0xff : 0;
      int north = i >= width ? alpha[i - width] & 0xff : 0;
      int predicted;
      if (i == 0) {
        predicted = 0;
      } else if (i < width) {
        predicted = west;
      } else if (x == 0) {
        predicted = north;
      } else if (method == 1) {
        predicted = west;
      } else if (method == 2) {
        predicted = north;
      } else {
        predicted = Math.max(0, Math.min(255, west + north - (alpha[i - width - 1] & 0xff)));
      }
      alpha[i] += (byte) predicted;
    }
  }

  private Pixels onCanvas(Pixels frame) throws BadImageException {
    PixelMode mode = canvasWidth == 0 ? frame.mode : alphaFlag ? PixelMode.RGBA : PixelMode.RGB;
    int w = canvasWidth == 0 ? frame.width : canvasWidth;
    int h = canvasHeight == 0 ? frame.height : canvasHeight;
    if (mode == frame.mode && w == frame.width && h == frame.height) {
      return frame;
    }
    if (left + frame.width > w || top + frame.height > h) {
      throw new BadImageException("corrupt WebP: a frame lies outside the canvas");
    }
    options.checkMemory((BYTES_LOSSY + BYTES_ALPHA) * frame.width * frame.height + (long) mode.bytes * w * h);
    byte[] data = new byte[Math.multiplyExact(w * h, mode.bytes)];
    boolean opaque = frame.mode == PixelMode.RGB;
    for (int y = 0; y < frame.height; y++) {
      for (int x = 0; x < frame.width; x++) {
        int from = (y * frame.width + x) * frame.mode.bytes;
        int to = ((top + y) * w + left + x) * mode.bytes;
        if (mode == PixelMode.RGBA) {
          data[to++] = opaque ? (byte) 255 : frame.data[from];
        }
        System.arraycopy(frame.data, opaque ? from : from + 1, data, to, 3);
      }
    }
    return new Pixels(mode, w, h, data);
  }
}
