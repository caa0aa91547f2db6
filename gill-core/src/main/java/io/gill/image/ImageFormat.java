package io.gill.image;

import io.gill.image.webp.WebpDecoder;
import io.gill.image.webp.WebpLimits;
import io.gill.image.webp.WebpPicture;
import io.gill.image.webp.WebpPixels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Supported file formats, detected by their first bytes. */
enum ImageFormat {
  PNG("PNG"),
  JPEG("JPEG"),
  GIF("GIF"),
  BMP("BMP"),
  WEBP("WebP");

  private static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  final String label;

  ImageFormat(String label) {
    this.label = label;
  }

  Decoded decode(byte[] file, ImageReadOptions options) throws IOException {
    return switch (this) {
      case PNG -> PngDecoder.decode(file, options);
      case JPEG -> JpegDecoder.decode(file, options);
      case GIF -> GifDecoder.decode(file, options);
      case BMP -> BmpDecoder.decode(file, options);
      case WEBP -> webp(WebpDecoder.decode(file, limits(options)));
    };
  }

  private static WebpLimits limits(ImageReadOptions options) {
    return new WebpLimits() {
      @Override
      public void checkSize(long width, long height) throws IOException {
        options.checkSize(width, height);
      }

      @Override
      public void checkMemory(long bytes) throws IOException {
        options.checkMemory(bytes);
      }
    };
  }

  private static Decoded webp(WebpPicture picture) {
    WebpPixels from = picture.pixels;
    PixelMode mode = from.alpha ? PixelMode.RGBA : PixelMode.RGB;
    return new Decoded(new Pixels(mode, from.width, from.height, from.data), picture.exif);
  }

  /** Names an unsupported format by the first bytes of its files; null if the format is not a common one. */
  static @Nullable String unsupported(byte[] file) {
    String start = new String(file, 0, Math.min(file.length, 512), StandardCharsets.ISO_8859_1);
    if (start.startsWith("ftyp", 4) && start.length() >= 12) {
      return switch (start.substring(8, 12)) {
        case "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1" ->
            start.substring(0, Math.min(64, start.length())).contains("avif") ? "AVIF" : "HEIC";
        case "avif", "avis" -> "AVIF";
        case "crx " -> "a CR3 raw photo";
        case "qt  ", "isom", "iso2", "mp41", "mp42", "M4V " -> "a video";
        default -> null;
      };
    }
    if (start.startsWith("II*\0") || start.startsWith("MM\0*") || start.startsWith("II+\0")) {
      return "TIFF";
    }
    if (start.startsWith("\u00ff\n") || start.startsWith("\0\0\0\fJXL ")) {
      return "JPEG XL";
    }
    if (start.startsWith("\0\0\0\fjP  ") || start.startsWith("\u00ffO\u00ffQ")) {
      return "JPEG 2000";
    }
    if (start.startsWith("\0\0\1\0") || start.startsWith("\0\0\2\0")) {
      return "ICO";
    }
    if (start.startsWith("%PDF-")) {
      return "PDF";
    }
    if (start.startsWith("%!PS")) {
      return "PostScript";
    }
    if (start.startsWith("8BPS")) {
      return "PSD";
    }
    if (start.startsWith("gimp xcf")) {
      return "XCF";
    }
    if (start.startsWith("qoif")) {
      return "QOI";
    }
    if (start.length() > 2 && start.charAt(0) == 'P' && start.charAt(1) >= '1' && start.charAt(1) <= '7'
        && Character.isWhitespace(start.charAt(2))) {
      return "a Netpbm image";
    }
    String text = start.startsWith("\u00ef\u00bb\u00bf") ? start.substring(3) : start;
    return text.stripLeading().startsWith("<") && text.contains("<svg") ? "SVG" : null;
  }

  static @Nullable ImageFormat of(byte[] file) {
    String start = new String(file, 0, Math.min(file.length, 12), StandardCharsets.ISO_8859_1);
    if (Arrays.equals(Arrays.copyOf(file, 8), PNG_SIGNATURE)) {
      return PNG;
    }
    if (start.startsWith("\u00ff\u00d8\u00ff")) {
      return JPEG;
    }
    if (start.startsWith("GIF87a") || start.startsWith("GIF89a")) {
      return GIF;
    }
    if (start.startsWith("BM")) {
      return BMP;
    }
    return start.startsWith("RIFF") && start.endsWith("WEBP") ? WEBP : null;
  }
}
