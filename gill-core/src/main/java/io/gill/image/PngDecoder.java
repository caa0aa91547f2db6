package io.gill.image;

import com.google.common.primitives.Ints;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/** PNG, all colour types and depths. */
final class PngDecoder {
  private static final int SIGNATURE = 8;
  private static final byte[] END = {0, 0, 0, 0, 'I', 'E', 'N', 'D', (byte) 0xae, 0x42, 0x60, (byte) 0x82};

  /** Maximum compression ratio of deflate. */
  private static final long MAX_RATIO = 1032;

  private PngDecoder() {}

  static Decoded decode(byte[] file, ImageReadOptions options) throws IOException {
    if (file.length < 33 || !type(file, SIGNATURE).equals("IHDR")) {
      throw new BadImageException("truncated PNG");
    }
    long width = uint(file, 16);
    long height = uint(file, 20);
    options.checkSize(width, height);
    int depth = file[24];
    int colorType = file[25];
    options.checkMemory(width * height * bytesPerPixel(depth, colorType) + file.length);
    // The decoder gets only the chunks that make pixels: no profiles and no compressed texts. A single transparent
    // colour is left out too: it would add alpha, which Pillow does not have in these modes.
    Set<String> kept = colorType == 3 ? Set.of("IHDR", "PLTE", "IDAT", "tRNS") : Set.of("IHDR", "PLTE", "IDAT");
    EncodedBytes png = new EncodedBytes(file.length);
    long compressed = 0;
    png.write(file, 0, SIGNATURE);
    byte[] exif = null;
    int at = SIGNATURE;
    while (at + 12 <= file.length) {
      long length = uint(file, at);
      String type = type(file, at);
      if (type.equals("IEND")) {
        break;
      }
      int end = (int) Math.min(at + 12 + length, file.length);
      if (kept.contains(type)) {
        if (end < at + 12 + length) {
          throw new BadImageException("truncated PNG");
        }
        png.write(file, at, end - at);
        compressed += type.equals("IDAT") ? length : 0;
      } else if (type.equals("eXIf")) {
        exif = Arrays.copyOfRange(file, at + 8, Math.max(at + 8, end - 4));
      }
      at = end;
    }
    png.writeBytes(END);
    ImageReadOptions.checkPlausible(compressed * MAX_RATIO, width * height * depth * channels(colorType) / 8, "PNG");
    Pixels pixels = Pixels.of(JdkReader.PNG.image(png));
    // Greys of 2 and 4 bits arrive as a palette of greys; 1 bit is Pillow's mode 1 and may stay indexed.
    return new Decoded(colorType == 0 && depth > 1 && depth < 8 ? pixels.toGray() : pixels, exif);
  }

  private static int channels(int colorType) {
    return switch (colorType) {
      case 2 -> 3;
      case 4 -> 2;
      case 6 -> 4;
      default -> 1;
    };
  }

  /** The JDK's samples, and our 8-bit copy if those are packed or in another order. */
  private static int bytesPerPixel(int depth, int colorType) {
    int channels = channels(colorType);
    int copies = colorType == 0 && depth == 16 ? 2 : depth < 8 ? 2 : 1;
    return channels * (Math.max(1, depth / 8) + copies);
  }

  private static long uint(byte[] file, int at) {
    return Ints.fromBytes(file[at], file[at + 1], file[at + 2], file[at + 3]) & 0xffffffffL;
  }

  private static String type(byte[] file, int chunk) {
    return new String(file, chunk + 4, 4, StandardCharsets.ISO_8859_1);
  }
}
