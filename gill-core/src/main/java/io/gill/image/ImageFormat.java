package io.gill.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The kinds of file that are read, told by how they start. */
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
      case WEBP -> WebpDecoder.decode(file, options);
    };
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
