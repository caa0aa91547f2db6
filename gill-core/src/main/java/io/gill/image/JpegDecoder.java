package io.gill.image;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * JPEG: baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK. The JDK's decoder (libjpeg) does the inverse
 * transform and the upsampling. The colour space is chosen here by libjpeg's rules, because the JDK's guesses differ
 * from them, and profiles are ignored.
 */
final class JpegDecoder {
  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
  private static final int FRACTION = 16;

  /** Start of image, and an Adobe segment whose last byte defines how to interpret the components. */
  private static final byte[] HEAD = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xee, 0, 14, 'A', 'd', 'o', 'b',
      'e', 0, 100, 0, 0, 0, 0, 0};

  /** Progressive files have about 10 scans; each one is a pass over all pixels, however few bytes it has. */
  private static final int MAX_SCANS = 100;

  private final byte[] file;
  /** The file without its application segments, after our Adobe segment. */
  private final EncodedBytes stripped;

  private boolean jfif;
  private int adobeTransform = -1;
  private byte @Nullable [] exif;
  private int components;
  private boolean progressive;
  private boolean rgbIds;
  private boolean ended;

  private JpegDecoder(byte[] file) {
    this.file = file;
    stripped = new EncodedBytes(file.length + HEAD.length + 2);
    stripped.writeBytes(HEAD);
  }

  static Decoded decode(byte[] file, ImageReadOptions options) throws IOException {
    return new JpegDecoder(file).decode(options);
  }

  private Decoded decode(ImageReadOptions options) throws IOException {
    scan(options);
    // Transforms 0 (RGB or CMYK) and 2 (YCCK) make the JDK return the components unconverted.
    boolean ycck = components == 4 && adobeTransform > 0;
    stripped.set(HEAD.length - 1, ycck ? 2 : 0);
    stripped.write(0xff);
    stripped.write(0xd9);
    AtomicBoolean warned = new AtomicBoolean();
    Raster raster = JdkReader.JPEG.raster(stripped, warned);
    if (!ended && (progressive || warned.get())) {
      throw new BadImageException("truncated JPEG");
    }
    return new Decoded(color(raster), exif);
  }

  private void scan(ImageReadOptions options) throws BadImageException {
    int scans = 0;
    int at = 2;
    while (true) {
      while (at < file.length && (file[at] & 0xff) != 0xff) {
        at++;
      }
      while (at < file.length && (file[at] & 0xff) == 0xff) {
        at++;
      }
      if (at >= file.length) {
        break;
      }
      int marker = file[at++] & 0xff;
      if (marker == 0xd9) {
        ended = true;
        break;
      }
      if (marker == 0 || marker == 1 || (marker >= 0xd0 && marker <= 0xd8)) {
        continue;
      }
      if (at + 2 > file.length) {
        break;
      }
      int start = at + 2;
      int end = at + Math.max(2, ushort(at));
      if (end > file.length) {
        break;
      }
      if (marker >= 0xe0 && marker <= 0xef) {
        application(marker, start, end);
        at = end;
        continue;
      }
      if (marker == 0xfe) {
        at = end;
        continue;
      }
      if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
        frame(marker, start, end, options);
      }
      if (marker == 0xda) {
        if (++scans > MAX_SCANS) {
          throw new BadImageException("JPEG with more than " + MAX_SCANS + " scans is not supported");
        }
        end = endOfScan(end);
      }
      stripped.write(0xff);
      stripped.write(marker);
      stripped.write(file, at, end - at);
      at = end;
    }
    if (components == 0) {
      throw new BadImageException("truncated JPEG");
    }
  }

  private int ushort(int at) {
    return ((file[at] & 0xff) << 8) | (file[at + 1] & 0xff);
  }

  private int endOfScan(int from) {
    int at = from;
    while (at + 1 < file.length) {
      if ((file[at] & 0xff) == 0xff) {
        int next = file[at + 1] & 0xff;
        if (next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7)) {
          return at;
        }
        at += next == 0xff ? 1 : 2;
      } else {
        at++;
      }
    }
    return file.length;
  }

  private void frame(int marker, int start, int end, ImageReadOptions options) throws BadImageException {
    if (marker > 0xc2) {
      throw new BadImageException(
          marker == 0xc3 ? "lossless JPEG is not supported" : "arithmetic or hierarchical JPEG is not supported");
    }
    if (end - start < 6 || end - start < 6 + 3 * (file[start + 5] & 0xff)) {
      throw new BadImageException("truncated JPEG");
    }
    if (file[start] != 8) {
      throw new BadImageException("JPEG with " + file[start] + " bits per sample is not supported");
    }
    options.checkSize(ushort(start + 3), ushort(start + 1));
    components = file[start + 5] & 0xff;
    if (components != 1 && components != 3 && components != 4) {
      throw new BadImageException("JPEG with " + components + " components is not supported");
    }
    progressive = marker == 0xc2;
    if (components * 3 > end - start - 6) {
      throw new BadImageException("corrupt JPEG: a frame without its components");
    }
    // libjpeg keeps 16-bit coefficients of all scans, unless a single baseline scan has all components.
    long pixels = (long) ushort(start + 3) * ushort(start + 1);
    options.checkMemory(pixels * components + 2 * coefficients(start, pixels) + file.length);
    rgbIds = components == 3 && file[start + 6] == 'R' && file[start + 9] == 'G' && file[start + 12] == 'B';
  }

  private long coefficients(int start, long pixels) {
    long most = 1;
    long sum = 0;
    for (int i = 0; i < components; i++) {
      int factors = file[start + 7 + 3 * i] & 0xff;
      long samples = (long) (factors >> 4) * (factors & 15);
      most = Math.max(most, samples);
      sum += samples;
    }
    return pixels * sum / most;
  }

  private void application(int marker, int start, int end) {
    if (marker == 0xe0 && end - start >= 5 && new String(file, start, 4, StandardCharsets.US_ASCII).equals("JFIF")) {
      jfif = true;
    } else if (marker == 0xee && end - start >= 12
        && new String(file, start, 5, StandardCharsets.US_ASCII).equals("Adobe")) {
      adobeTransform = file[start + 11] & 0xff;
    } else if (marker == 0xe1 && exif == null && end - start > EXIF.length
        && Arrays.equals(file, start, start + EXIF.length, EXIF, 0, EXIF.length)) {
      exif = Arrays.copyOfRange(file, start + EXIF.length, end);
    }
  }

  private Pixels color(Raster raster) throws BadImageException {
    if (raster.getNumBands() != components || !(raster.getDataBuffer() instanceof DataBufferByte buffer)) {
      throw new BadImageException("JPEG with " + components + " components was decoded to " + raster.getNumBands());
    }
    int w = raster.getWidth();
    int h = raster.getHeight();
    byte[] data = buffer.getData();
    if (components == 1) {
      return new Pixels(PixelMode.GRAY, w, h, data);
    }
    if (components == 4) {
      // Stored inverted, as Adobe does and Pillow assumes for every CMYK JPEG. YCCK yields RGB, which is CMY inverted
      // twice.
      boolean ycck = adobeTransform > 0;
      if (ycck) {
        yccToRgb(data, 4);
      }
      for (int i = 0; i < data.length; i++) {
        if (!ycck || i % 4 == 3) {
          data[i] = (byte) ~data[i];
        }
      }
      return new Pixels(PixelMode.CMYK, w, h, data);
    }
    // libjpeg: JFIF means YCbCr; otherwise the Adobe segment decides, then component ids that spell RGB.
    boolean ycc = jfif || (adobeTransform >= 0 ? adobeTransform != 0 : !rgbIds);
    if (ycc) {
      yccToRgb(data, 3);
    }
    for (int i = 0; i < data.length; i += 3) {
      byte red = data[i];
      data[i] = data[i + 2];
      data[i + 2] = red;
    }
    return new Pixels(PixelMode.RGB, w, h, data);
  }

  /** Converts YCbCr to RGB in place, in libjpeg's integer arithmetic; a fourth component is kept. */
  private static void yccToRgb(byte[] data, int step) {
    int half = 1 << (FRACTION - 1);
    int[] redOfCr = new int[256];
    int[] greenOfCr = new int[256];
    int[] greenOfCb = new int[256];
    int[] blueOfCb = new int[256];
    for (int i = 0; i < 256; i++) {
      redOfCr[i] = (fixed(1.40200) * (i - 128) + half) >> FRACTION;
      blueOfCb[i] = (fixed(1.77200) * (i - 128) + half) >> FRACTION;
      greenOfCr[i] = -fixed(0.71414) * (i - 128);
      greenOfCb[i] = -fixed(0.34414) * (i - 128) + half;
    }
    for (int i = 0; i < data.length; i += step) {
      int y = data[i] & 0xff;
      int cb = data[i + 1] & 0xff;
      int cr = data[i + 2] & 0xff;
      data[i] = clip(y + redOfCr[cr]);
      data[i + 1] = clip(y + ((greenOfCb[cb] + greenOfCr[cr]) >> FRACTION));
      data[i + 2] = clip(y + blueOfCb[cb]);
    }
  }

  private static int fixed(double value) {
    return (int) (value * (1 << FRACTION) + 0.5);
  }

  private static byte clip(int level) {
    return (byte) Math.max(0, Math.min(255, level));
  }
}
