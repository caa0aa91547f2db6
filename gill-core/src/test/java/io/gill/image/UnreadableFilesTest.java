package io.gill.image;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnreadableFilesTest {
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "HEIC | \\0\\0\\0\\x18ftypheic\\0\\0\\0\\0mif1heic", "HEIC | \\0\\0\\0\\x18ftypmif1\\0\\0\\0\\0mif1heic",
    "AVIF | \\0\\0\\0\\x20ftypavif\\0\\0\\0\\0avifmif1", "AVIF | \\0\\0\\0\\x20ftypmif1\\0\\0\\0\\0mif1avif",
    "a video | \\0\\0\\0\\x20ftypisom\\0\\0\\x02\\0isomiso2", "TIFF | II*\\0\\x08\\0\\0\\0",
    "TIFF | MM\\0*\\0\\0\\0\\x08",
    "JPEG XL | \\xff\\x0a\\xfa\\x1f", "JPEG XL | \\0\\0\\0\\x0cJXL \\x0d\\x0a\\x87\\x0a",
    "JPEG 2000 | \\0\\0\\0\\x0cjP  \\x0d\\x0a", "ICO | \\0\\0\\x01\\0\\x01\\0", "PDF | %PDF-1.7", "PSD | 8BPS\\0\\x01",
    "SVG | <?xml version='1.0'?>\\x0a<svg xmlns='http://www.w3.org/2000/svg'>", "SVG | <svg width='2'>",
    "a Netpbm image | P6 2 2 255", "QOI | qoif\\0\\0", "PostScript | %!PS-Adobe-3.0", "XCF | gimp xcf v011"})
  void aFormatThatIsNotReadIsNamed(String format, String start) {
    assertThatThrownBy(() -> Images.read(unescape(start), "cat.jpg")).isInstanceOf(GillException.class)
        .hasMessage("cat.jpg: is " + format + ", which is not supported: convert it to JPEG or PNG");
  }

  /** \0 and \x41. */
  private static byte[] unescape(String text) {
    StringBuilder bytes = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.startsWith("\\0", i)) {
        bytes.append('\0');
        i++;
      } else if (text.startsWith("\\x", i)) {
        bytes.append((char) Integer.parseInt(text.substring(i + 2, i + 4), 16));
        i += 3;
      } else {
        bytes.append(text.charAt(i));
      }
    }
    return bytes.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void whatIsQuotedOfAFileIsOneLine() {
    assertThatThrownBy(() -> Images.read("a\nb\r\nc d".getBytes(StandardCharsets.US_ASCII), "x"))
        .hasMessage("x: not a PNG, JPEG, GIF, BMP or WebP image: starts with 'a b c d'");
  }
}
