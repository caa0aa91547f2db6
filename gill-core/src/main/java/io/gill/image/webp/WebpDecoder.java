package io.gill.image.webp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Decodes WebP: lossy, lossless, with alpha; for an animation, the first frame on its canvas. */
public final class WebpDecoder {
  private static final int LOSSLESS_SIGNATURE = 0x2f;

  /** Bytes per lossless pixel: 4 as read, 4 after the palette, up to 4 in the result, 1 for the tiles of transforms. */
  private static final long BYTES_LOSSLESS = 13;

  /** Bytes per lossy pixel: luma, two chroma planes at a quarter, and the result. */
  static final long BYTES_LOSSY = 5;

  /** Additional bytes per pixel with alpha: a lossless image without a result, and the result with alpha. */
  private static final long BYTES_ALPHA = 14;

  private final byte[] file;
  private final ByteBuffer in;
  private final WebpLimits limits;

  /** Canvas of the extended format; 0 if there is none. */
  private int canvasWidth;

  private int canvasHeight;
  private boolean alphaFlag;
  private int left;
  private int top;
  private @Nullable WebpPixels picture;
  private byte @Nullable [] exif;

  /** Range of an ALPH chunk's payload. */
  private int alphaStart;

  private int alphaEnd;

  private WebpDecoder(byte[] file, WebpLimits limits) {
    this.file = file;
    this.in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    this.limits = limits;
  }

  /**
   * Decodes a file.
   *
   * @param file contents of the file
   * @param limits asked before any allocation in proportion to a size that the file declares
   * @return the image
   * @throws WebpException if the file is damaged
   * @throws IOException if a limit is exceeded
   */
  public static WebpPicture decode(byte[] file, WebpLimits limits) throws IOException {
    return new WebpDecoder(file, limits).decode();
  }

  private WebpPicture decode() throws IOException {
    if (file.length < 20) {
      throw truncated();
    }
    long declared = 8 + (in.getInt(4) & 0xffffffffL);
    if (declared > file.length) {
      throw truncated();
    }
    chunks(12, (int) declared);
    if (picture == null) {
      throw new WebpException("WebP without an image");
    }
    return new WebpPicture(onCanvas(picture), exif);
  }

  private static WebpException truncated() {
    return new WebpException("truncated WebP");
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
            picture = withAlpha(Vp8Decoder.decode(file, from, to, limits));
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

  private void extended(int from, int to) throws IOException {
    if (to - from < 10) {
      throw truncated();
    }
    alphaFlag = (file[from] & 0x10) != 0;
    canvasWidth = 1 + uint24(from + 4);
    canvasHeight = 1 + uint24(from + 7);
    limits.checkSize(canvasWidth, canvasHeight);
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

  private WebpPixels lossless(int from, int to) throws IOException {
    if (to - from < 5 || file[from] != LOSSLESS_SIGNATURE) {
      throw new WebpException("corrupt WebP: no lossless signature");
    }
    int sizes = in.getInt(from + 1);
    int width = 1 + (sizes & 0x3fff);
    int height = 1 + ((sizes >> 14) & 0x3fff);
    limits.checkSize(width, height);
    if (sizes >>> 29 != 0) {
      throw new WebpException("corrupt WebP: lossless version " + (sizes >>> 29));
    }
    limits.checkMemory(BYTES_LOSSLESS * width * height);
    boolean alpha = ((sizes >> 28) & 1) != 0;
    byte[] data = new byte[Math.multiplyExact(width * height, alpha ? 4 : 3)];
    int at = 0;
    for (int argb : Vp8lDecoder.decode(file, from + 5, to, width, height, limits)) {
      if (alpha) {
        data[at++] = (byte) (argb >> 24);
      }
      data[at++] = (byte) argb;
      data[at++] = (byte) (argb >> 8);
      data[at++] = (byte) (argb >> 16);
    }
    return new WebpPixels(alpha, width, height, data);
  }

  private WebpPixels withAlpha(WebpPixels rgb) throws IOException {
    if (alphaEnd == 0) {
      return rgb;
    }
    limits.checkMemory((BYTES_LOSSY + BYTES_ALPHA) * rgb.width * rgb.height);
    byte[] alpha = alphaPlane(rgb.width, rgb.height);
    byte[] data = new byte[4 * alpha.length];
    for (int i = 0; i < alpha.length; i++) {
      data[4 * i] = alpha[i];
      System.arraycopy(rgb.data, 3 * i, data, 4 * i + 1, 3);
    }
    return new WebpPixels(true, rgb.width, rgb.height, data);
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
      // A lossless stream without its header, with alpha in the green channel.
      int[] argb = Vp8lDecoder.decode(file, alphaStart + 1, alphaEnd, width, height, limits);
      for (int i = 0; i < n; i++) {
        alpha[i] = (byte) (argb[i] >> 8);
      }
    }
    unfilter(alpha, width, (flags >> 2) & 3);
    return alpha;
  }

  /** Inverts the prediction of an alpha plane: 0 none, 1 from the left, 2 from above, 3 by the gradient. */
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

  private WebpPixels onCanvas(WebpPixels frame) throws IOException {
    boolean alpha = canvasWidth == 0 ? frame.alpha : alphaFlag;
    int bytes = alpha ? 4 : 3;
    int w = canvasWidth == 0 ? frame.width : canvasWidth;
    int h = canvasHeight == 0 ? frame.height : canvasHeight;
    if (alpha == frame.alpha && w == frame.width && h == frame.height) {
      return frame;
    }
    if (left + frame.width > w || top + frame.height > h) {
      throw new WebpException("corrupt WebP: a frame lies outside the canvas");
    }
    limits.checkMemory((BYTES_LOSSY + BYTES_ALPHA) * frame.width * frame.height + (long) bytes * w * h);
    byte[] data = new byte[Math.multiplyExact(w * h, bytes)];
    boolean opaque = !frame.alpha;
    int frameBytes = opaque ? 3 : 4;
    for (int y = 0; y < frame.height; y++) {
      for (int x = 0; x < frame.width; x++) {
        int from = (y * frame.width + x) * frameBytes;
        int to = ((top + y) * w + left + x) * bytes;
        if (alpha) {
          data[to++] = opaque ? (byte) 255 : frame.data[from];
        }
        System.arraycopy(frame.data, opaque ? from : from + 1, data, to, 3);
      }
    }
    return new WebpPixels(alpha, w, h, data);
  }
}
