package io.gill.image;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferInt;
import java.awt.image.DataBufferUShort;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.SinglePixelPackedSampleModel;
import java.awt.image.WritableRaster;
import org.jspecify.annotations.Nullable;

/** The samples of an image as packed bytes, row by row without gaps, in the layout of its {@link PixelMode}. */
final class Pixels {
  private static final int[] BGR_OFFSETS = {2, 1, 0};

  final PixelMode mode;
  final int width;
  final int height;
  final byte[] data;
  final @Nullable IndexColorModel palette;

  Pixels(PixelMode mode, int width, int height, byte[] data, @Nullable IndexColorModel palette) {
    this.mode = mode;
    this.width = width;
    this.height = height;
    this.data = data;
    this.palette = palette;
  }

  Pixels(PixelMode mode, int width, int height, byte[] data) {
    this(mode, width, height, data, null);
  }

  /** Returns the samples of an image: its own array if that is packed, else a copy. Must not be modified. */
  static Pixels of(BufferedImage image) {
    PixelMode mode = PixelMode.of(image);
    int w = image.getWidth();
    int h = image.getHeight();
    return switch (mode) {
      case INDEXED -> new Pixels(mode, w, h, samples(image, 0), (IndexColorModel) image.getColorModel());
      case GRAY16 -> new Pixels(mode, w, h, gray16(image.getRaster()));
      case GRAY -> new Pixels(mode, w, h, samples(image, 0));
      case GRAY_ALPHA -> premultiplied(image) ? color(image, PixelMode.RGBA)
          : new Pixels(mode, w, h, samples(image, 0, 1));
      case CMYK -> new Pixels(mode, w, h, samples(image, 0, 1, 2, 3));
      case RGB, RGBA -> color(image, mode);
    };
  }

  private static boolean premultiplied(BufferedImage image) {
    return image.getColorModel().isAlphaPremultiplied();
  }

  private static Pixels color(BufferedImage image, PixelMode mode) {
    ColorModel model = image.getColorModel();
    int w = image.getWidth();
    int h = image.getHeight();
    int depth = model.getTransferType();
    // ICC profiles are ignored, as in Pillow: samples of an RGB model are used as stored.
    if (model instanceof ComponentColorModel && model.getColorSpace().getType() == ColorSpace.TYPE_RGB
        && (depth == DataBuffer.TYPE_BYTE || depth == DataBuffer.TYPE_USHORT) && !premultiplied(image)) {
      return new Pixels(mode, w, h,
          mode == PixelMode.RGB ? samples(image, 2, 1, 0) : samples(image, 3, 2, 1, 0));
    }
    byte[] data = new byte[w * h * mode.bytes];
    int[] row = new int[w];
    int[] direct = directRgb(image);
    for (int y = 0, to = 0; y < h; y++) {
      if (direct != null) {
        System.arraycopy(direct, y * w, row, 0, w);
      } else {
        image.getRGB(0, y, w, 1, row, 0, w);
      }
      for (int x = 0; x < w; x++) {
        int argb = row[x];
        if (mode == PixelMode.RGBA) {
          data[to++] = (byte) (argb >> 24);
        }
        data[to++] = (byte) argb;
        data[to++] = (byte) (argb >> 8);
        data[to++] = (byte) (argb >> 16);
      }
    }
    return new Pixels(mode, w, h, data);
  }

  /** Returns the array of a whole TYPE_INT_RGB or TYPE_INT_ARGB image, else null. */
  private static int @Nullable [] directRgb(BufferedImage image) {
    int type = image.getType();
    if ((type == BufferedImage.TYPE_INT_RGB || type == BufferedImage.TYPE_INT_ARGB)
        && image.getRaster().getDataBuffer() instanceof DataBufferInt buffer
        && image.getRaster().getParent() == null
        && image.getSampleModel() instanceof SinglePixelPackedSampleModel model
        && model.getScanlineStride() == image.getWidth() && buffer.getOffset() == 0) {
      return buffer.getData();
    }
    return null;
  }

  private static byte[] gray16(Raster raster) {
    int w = raster.getWidth();
    int h = raster.getHeight();
    byte[] data = new byte[2 * w * h];
    int[] row = new int[w];
    for (int y = 0, to = 0; y < h; y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, w, 1, 0, row);
      for (int sample : row) {
        data[to++] = (byte) (sample >> 8);
        data[to++] = (byte) sample;
      }
    }
    return data;
  }

  /** Returns bands of an image, interleaved, as bytes; 16-bit samples are reduced to their high byte, as in Pillow. */
  private static byte[] samples(BufferedImage image, int... bands) {
    Raster raster = image.getRaster();
    int w = raster.getWidth();
    int h = raster.getHeight();
    int n = bands.length;
    if (raster.getSampleModel() instanceof ComponentSampleModel model
        && raster.getDataBuffer() instanceof DataBufferByte buffer && buffer.getNumBanks() == 1) {
      byte[] from = buffer.getData();
      int[] offsets = model.getBandOffsets();
      int step = model.getPixelStride();
      int stride = model.getScanlineStride();
      int start = buffer.getOffset() + (raster.getMinY() - raster.getSampleModelTranslateY()) * stride
          + (raster.getMinX() - raster.getSampleModelTranslateX()) * step;
      boolean packed = step == n;
      for (int b = 0; b < n; b++) {
        packed &= offsets[bands[b]] == b;
      }
      if (packed && start == 0 && stride == n * w && from.length == n * w * h) {
        return from;
      }
      byte[] data = new byte[n * w * h];
      for (int y = 0, to = 0; y < h; y++) {
        int at = start + y * stride;
        for (int x = 0; x < w; x++, at += step) {
          for (int b = 0; b < n; b++) {
            data[to++] = from[at + offsets[bands[b]]];
          }
        }
      }
      return data;
    }
    int shift = raster.getDataBuffer() instanceof DataBufferUShort ? 8 : 0;
    byte[] data = new byte[n * w * h];
    int[] row = new int[w];
    for (int b = 0; b < n; b++) {
      for (int y = 0; y < h; y++) {
        raster.getSamples(raster.getMinX(), raster.getMinY() + y, w, 1, bands[b], row);
        int to = y * w * n + b;
        for (int x = 0; x < w; x++, to += n) {
          data[to] = (byte) (row[x] >> shift);
        }
      }
    }
    return data;
  }

  /** Returns an image backed by these samples. */
  BufferedImage toImage() {
    return switch (mode) {
      case INDEXED -> new BufferedImage(paletteOrThrow(), interleaved(0), false, null);
      case GRAY -> component(ColorSpace.getInstance(ColorSpace.CS_GRAY), false, 0);
      case GRAY16 -> {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_USHORT_GRAY);
        short[] to = ((DataBufferUShort) image.getRaster().getDataBuffer()).getData();
        for (int i = 0; i < to.length; i++) {
          to[i] = (short) ((data[2 * i] << 8) | (data[2 * i + 1] & 0xff));
        }
        yield image;
      }
      case GRAY_ALPHA -> component(ColorSpace.getInstance(ColorSpace.CS_GRAY), true, 0, 1);
      case RGB -> component(ColorSpace.getInstance(ColorSpace.CS_sRGB), false, BGR_OFFSETS);
      case RGBA -> component(ColorSpace.getInstance(ColorSpace.CS_sRGB), true, 3, 2, 1, 0);
      case CMYK -> component(CmykColorSpace.INSTANCE, false, 0, 1, 2, 3);
    };
  }

  private BufferedImage component(ColorSpace space, boolean alpha, int... offsets) {
    ColorModel model = new ComponentColorModel(space, alpha, false,
        alpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE, DataBuffer.TYPE_BYTE);
    return new BufferedImage(model, interleaved(offsets), false, null);
  }

  private WritableRaster interleaved(int... offsets) {
    return Raster.createInterleavedRaster(new DataBufferByte(data, data.length), width, height,
        width * mode.bytes, mode.bytes, offsets, null);
  }

  private IndexColorModel paletteOrThrow() {
    if (palette == null) {
      throw new IllegalStateException("indexed without a palette");
    }
    return palette;
  }

  /**
   * Converts to RGB like Pillow's {@code convert("RGB")}: alpha is dropped, palettes are looked up, 16-bit grey is
   * clipped at 255, CMYK becomes (255 − C)(255 − K) / 255.
   */
  Pixels toRgb() {
    if (mode == PixelMode.RGB) {
      return this;
    }
    int n = width * height;
    byte[] rgb = new byte[3 * n];
    if (mode == PixelMode.INDEXED) {
      int[] colors = new int[256];
      paletteOrThrow().getRGBs(colors);
      for (int i = 0, to = 0; i < n; i++) {
        int color = colors[data[i] & 0xff];
        rgb[to++] = (byte) color;
        rgb[to++] = (byte) (color >> 8);
        rgb[to++] = (byte) (color >> 16);
      }
      return new Pixels(PixelMode.RGB, width, height, rgb);
    }
    for (int i = 0, at = 0, to = 0; i < n; i++, at += mode.bytes, to += 3) {
      switch (mode) {
        case GRAY, GRAY_ALPHA -> {
          rgb[to] = data[at];
          rgb[to + 1] = data[at];
          rgb[to + 2] = data[at];
        }
        case GRAY16 -> {
          byte level = data[at] != 0 ? (byte) 255 : data[at + 1];
          rgb[to] = level;
          rgb[to + 1] = level;
          rgb[to + 2] = level;
        }
        case RGBA -> {
          rgb[to] = data[at + 1];
          rgb[to + 1] = data[at + 2];
          rgb[to + 2] = data[at + 3];
        }
        case CMYK -> {
          int light = 255 - (data[at + 3] & 0xff);
          rgb[to] = lit(data[at + 2], light);
          rgb[to + 1] = lit(data[at + 1], light);
          rgb[to + 2] = lit(data[at], light);
        }
        default -> throw new IllegalStateException(mode.name());
      }
    }
    return new Pixels(PixelMode.RGB, width, height, rgb);
  }

  private static byte lit(byte ink, int light) {
    return (byte) Math.max(0, light - timesOver255(ink & 0xff, light));
  }

  /** Computes a·b/255, rounded, in Pillow's integer arithmetic. */
  static int timesOver255(int a, int b) {
    int product = a * b + 128;
    return ((product >> 8) + product) >> 8;
  }

  /** Returns the first band only, for images that are grey regardless of their palette or alpha. */
  Pixels toGray() {
    if (mode == PixelMode.GRAY) {
      return this;
    }
    if (mode == PixelMode.INDEXED) {
      int[] colors = new int[256];
      paletteOrThrow().getRGBs(colors);
      byte[] gray = new byte[data.length];
      for (int i = 0; i < gray.length; i++) {
        gray[i] = (byte) colors[data[i] & 0xff];
      }
      return new Pixels(PixelMode.GRAY, width, height, gray);
    }
    byte[] rgb = toRgb().data;
    byte[] gray = new byte[width * height];
    for (int i = 0; i < gray.length; i++) {
      gray[i] = rgb[3 * i];
    }
    return new Pixels(PixelMode.GRAY, width, height, gray);
  }
}
