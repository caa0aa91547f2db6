package io.gill.image;

import com.google.common.primitives.Ints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/** PNG, all colour types and depths. */
final class PngDecoder {
  private static final int SIGNATURE = 8;
  private static final byte[] END = {0, 0, 0, 0, 'I', 'E', 'N', 'D', (byte) 0xae, 0x42, 0x60, (byte) 0x82};

  private PngDecoder() {}

  static Decoded decode(byte[] file, ImageReadOptions options) throws IOException {
    if (file.length < 33 || !type(file, SIGNATURE).equals("IHDR")) {
      throw new BadImageException("truncated PNG");
    }
    options.checkSize(uint(file, 16), uint(file, 20));
    int depth = file[24];
    int colorType = file[25];
    // Only what makes pixels reaches the decoder: no profiles, no compressed texts. Transparency of a single colour
    // is left out too: it makes alpha, which Pillow does not have in these modes.
    Set<String> kept = colorType == 3 ? Set.of("IHDR", "PLTE", "IDAT", "tRNS") : Set.of("IHDR", "PLTE", "IDAT");
    ByteArrayOutputStream png = new ByteArrayOutputStream(file.length);
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
      } else if (type.equals("eXIf")) {
        exif = Arrays.copyOfRange(file, at + 8, Math.max(at + 8, end - 4));
      }
      at = end;
    }
    png.writeBytes(END);
    Pixels pixels = Pixels.of(JdkReader.PNG.image(png.toByteArray()));
    // 2 and 4 bits of grey come as a palette of greys; a single bit is Pillow's mode 1 and may stay one.
    return new Decoded(colorType == 0 && depth > 1 && depth < 8 ? pixels.toGray() : pixels, exif);
  }

  private static long uint(byte[] file, int at) {
    return Ints.fromBytes(file[at], file[at + 1], file[at + 2], file[at + 3]) & 0xffffffffL;
  }

  private static String type(byte[] file, int chunk) {
    return new String(file, chunk + 4, 4, StandardCharsets.ISO_8859_1);
  }
}
