package io.gill.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.testsupport.Reference;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;

class PngTextTest {
  private static final BufferedImage IMAGE = Images.read(Reference.path("golden", "images", "src", "rgb_32x32.png"));

  @Test
  void textsAndPixelsComeBack() {
    Map<String, String> text = Map.of("prompt", "a café\nby the sea", "Steps", "50", "seed", "-1", "title", "猫 🐈 <&>");

    byte[] png = Images.toPng(IMAGE, text);

    assertThat(Images.pngText(png)).isEqualTo(text);
    assertThat(Pixels.of(Images.read(png, "png")).data).isEqualTo(Pixels.of(IMAGE).data);
  }

  @Test
  void textsOfOtherProgramsAreRead() {
    byte[] png = ImagesTest.withChunk(Images.toPng(IMAGE, Map.of()), "tEXt", latin1("Software\0gen\u00e9"));

    assertThat(Images.pngText(png)).containsExactly(Map.entry("Software", "gen\u00e9"));
  }

  @Test
  void compressedTextsAreReadUpToALimit() throws IOException {
    byte[] png = Images.toPng(IMAGE, Map.of("a", "b"));
    byte[] some = compressed("caf\u00e9", 1);
    byte[] endless = compressed("a".repeat(1 << 20), 300);

    assertThat(Images.pngText(ImagesTest.withChunk(png, "zTXt", some))).isEqualTo(Map.of("a", "b", "k", "caf\u00e9"));
    byte[] bomb = ImagesTest.withChunk(png, "zTXt", endless);
    assertThatThrownBy(() -> Images.pngText(bomb)).isInstanceOf(GillException.class)
        .hasMessage("a compressed text in a PNG is over the limit of 1048576 bytes");
    assertThat(Images.read(bomb, "png").getWidth()).isEqualTo(32);
  }

  private static byte[] compressed(String text, int times) throws IOException {
    ByteArrayOutputStream chunk = new ByteArrayOutputStream();
    chunk.writeBytes(latin1("k\0\0"));
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(chunk)) {
      for (int i = 0; i < times; i++) {
        deflater.write(latin1(text));
      }
    }
    return chunk.toByteArray();
  }

  @Test
  void whatPngCannotHoldIsRefused() {
    assertThatThrownBy(() -> Images.toPng(IMAGE, Map.of("", "x"))).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Images.toPng(IMAGE, Map.of("k".repeat(80), "x")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Images.toPng(IMAGE, Map.of("猫", "x"))).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Images.toPng(IMAGE, Map.of("k", "a\0b"))).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void cmykIsWrittenAsRgb() {
    BufferedImage cmyk = Images.read(Reference.path("golden", "images", "src", "cmyk_110x70.jpg"));

    BufferedImage back = Images.read(Images.toPng(cmyk, Map.of()), "png");

    assertThat(Pixels.of(back).data).isEqualTo(Pixels.of(cmyk).toRgb().data);
  }

  @Test
  void damageIsAGillException() throws IOException {
    byte[] jpeg = Files.readAllBytes(Reference.path("golden", "images", "src", "gray_110x70.jpg"));
    byte[] png = Images.toPng(IMAGE, Map.of("k", "v"));

    for (int length = 0; length < png.length - 12; length += 7) {
      byte[] cut = Arrays.copyOf(png, length);
      assertThatThrownBy(() -> Images.pngText(cut)).isInstanceOf(GillException.class);
    }
    byte[] keywordOnly = ImagesTest.withChunk(png, "iTXt", latin1("keyword"));
    assertThatThrownBy(() -> Images.pngText(jpeg)).isInstanceOf(GillException.class);
    assertThatThrownBy(() -> Images.pngText(keywordOnly)).isInstanceOf(GillException.class)
        .hasMessage("corrupt iTXt chunk in a PNG");
  }

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
