package io.gill.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.testsupport.Reference;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files and sizes beyond the recorded images, against Pillow. The parity program compares the recorded ones. */
class ImageParityTest {
  private static final Path IMAGES = Reference.path("golden", "images");
  // The golden data come from the processor alone, which ignores EXIF.
  private static final ImageReadOptions AS_STORED = ImageReadOptions.builder().applyOrientation(false).build();

  private static BufferedImage read(String file) {
    return Images.read(IMAGES.resolve(file), AS_STORED);
  }

  /** Returns red, green and blue of every pixel. */
  private static byte[] rgb(BufferedImage image) {
    BufferedImage rgb = Images.toRgb(image);
    int columns = rgb.getWidth();
    int rows = rgb.getHeight();
    byte[] bytes = new byte[3 * rows * columns];
    for (int y = 0, to = 0; y < rows; y++) {
      for (int x = 0; x < columns; x++) {
        int color = rgb.getRGB(x, y);
        bytes[to++] = (byte) (color >> 16);
        bytes[to++] = (byte) (color >> 8);
        bytes[to++] = (byte) color;
      }
    }
    return bytes;
  }

  /**
   * Compares sizes that the recorded images do not cover: CRC-32 of
   * {@code Image.open(f).resize(size).convert("RGB").tobytes()} in Pillow 12.3.0 for 224×224, 37×19 and 300×20. Modes
   * differ in these cases: nearest neighbour for palettes and black and white, premultiplied alpha, and resizing of
   * 16-bit grey and CMYK before they become RGB.
   */
  @ParameterizedTest
  @ValueSource(strings = {
      "bilevel_40x30.png a2e1eff8 5a6044c1 e61518f3",
      "bmp_45x35.bmp e85b205a 4bec0c9f 77262ee1",
      "cmyk_110x70.jpg 02fe807c 1fe6d010 4083cf6e",
      "exif_rot6_110x70.jpg 54e5ee93 4eab2a90 90761778",
      "gif_75x61.gif 42353365 1d7e964a 6e83edc8",
      "gray16_70x54.png 8e5dc086 f12ae8d8 46931661",
      "gray_110x70.jpg d216ba04 8df56369 76b0f7ea",
      "gray_121x83.png 38844fa9 599df603 d07a8009",
      "la_51x47.png e15189c8 ba17ec1e 02d4a443",
      "lossless_80x57.webp 7c74f826 ed08c1c3 3776ace7",
      "lossy_80x57.webp e9b5f159 ade38571 e0b1adda",
      "palette_90x66.png 56d40675 cd7f4461 832626ab",
      "palette_trns_64x50.png 7b5ca315 f95c0b9e 62e5fabd",
      "progressive_110x70.jpg 0716dc46 8fa664ca 52fe970d",
      "q100_444_110x70.jpg 17da0edf b753fe62 dae3a4e9",
      "q50_420_110x70.jpg 6c55c478 93280514 db445e53",
      "q90_300x640.jpg 4896c40e 29b7a652 986d6a8e",
      "quirk_1x1.png c8f37542 ead7a889 0e0cda64",
      "quirk_7x3.png 1483c541 285ad8a5 fc132f53",
      "rgb_224.png 3204cf3a f80ce63f d97870a1",
      "rgb_32x32.png f409a364 be5a1dd1 2b4c3349",
      "rgb_33x32.png c0f45a9a 14448f32 a661acb7",
      "rgb_640x300.png 69ffc680 01053475 e4e58759",
      "rgba_97x131.png ec997860 cfef69a9 e2fe6ecd",
      "tiny_5x7.png 2430a32c dee18d12 174d8af4",
      "wide_300x9.png e68cc798 4b31fbdd 35bae7ce"
  })
  void resizesInTheModeOfTheFile(String row) {
    String[] parts = row.split(" ", -1);
    BufferedImage image = read("src/" + parts[0]);

    assertThat(crc(image, 224, 224)).isEqualTo(parts[1]);
    assertThat(crc(image, 37, 19)).isEqualTo(parts[2]);
    assertThat(crc(image, 300, 20)).isEqualTo(parts[3]);
  }

  /**
   * Compares formats that the reference files do not cover: alpha, palettes and animation in WebP, an ordinary
   * photograph as lossy WebP, GIF frames smaller than their canvas, PNGs of 2, 4 and 16 bits, JPEGs whose component ids
   * or Adobe segment decide the colours. Written by Pillow 12.3.0 or by hand. CRC-32 as for the sizes, preceded by that
   * of the image in its own size.
   */
  @ParameterizedTest
  @ValueSource(strings = {
      "animated_alpha_20x49.webp e54fab57 7ba7d465 26083bbe 59708bc0",
      "frame_on_canvas_50x40.gif 288b0e2b 053405ff fac4432c 5c8dddcc",
      "gray2_37x23.png 0da085bf fee4bfec fa672b76 5522540e",
      "gray4_37x23.png 62e58ff7 8f18dc38 3ba6aec9 97b4de41",
      "gray_64x80.bmp 43d3ee60 f4c64bc4 66d10814 2c244cdf",
      "gray_64x80.gif 43d3ee60 f9ee0e6f bc1cca6f fd377afd",
      "ids_rgb_64x80.jpg 49623400 a80bfd45 008563a8 6ed358a3",
      "interlaced_64x80.gif 70d283aa 0b515036 0c3f9b9d 17900665",
      "lossless_64x80.webp 5fb3ba69 cd6da5ae 2367e96d ec1e5a56",
      "lossless_alpha_13x19.webp c0be8cd0 ac7ba1c8 b82e322f 552d540b",
      "lossy_alpha_64x80.webp 8e092d30 77816127 043304b3 3b39519d",
      "lossy_alpha_gradient_66x34.webp 76d4a203 29e121ae c3ffd71c 0f0bcda4",
      "one_transparent_color_64x80.png 5fb3ba69 cd6da5ae 2367e96d ec1e5a56",
      "palette30_64x80.bmp b3ead886 1a5220cf 727902d7 cc588005",
      "palette7_160x200.webp bb1777a8 28a0cdba 29279bb6 3b9a7d90",
      "photo_160x200.webp fa49a248 e1976afc e3b0e37a 0309710f",
      "rgb16_37x23.png 8e25bec3 0211f00f 0ecf9787 221049ed",
      "rgba16_37x23.png 3bec7932 ecfc100f 842fb2b8 52bd13da",
      "ycck_subsampled_133x91.jpg 247cf0ce 2bc6d53a e61f52c9 87a0601c"
  })
  void furtherKindsOfFileAreReadAsPillowReadsThem(String row) throws IOException {
    String[] parts = row.split(" ", -1);
    BufferedImage image;
    try (InputStream in = ImageParityTest.class.getResourceAsStream(parts[0])) {
      image = Images.read(Objects.requireNonNull(in).readAllBytes(), parts[0], AS_STORED);
    }

    assertThat(crc(image, image.getWidth(), image.getHeight())).isEqualTo(parts[1]);
    assertThat(crc(image, 224, 224)).isEqualTo(parts[2]);
    assertThat(crc(image, 37, 19)).isEqualTo(parts[3]);
    assertThat(crc(image, 300, 20)).isEqualTo(parts[4]);
  }

  private static String crc(BufferedImage image, int width, int height) {
    CRC32 crc = new CRC32();
    crc.update(rgb(Images.resize(image, width, height)));
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }

  @Test
  void bothLayoutsOfTheConfigurationAreRead() {
    ImageProcessor older = ImageProcessor.of(Reference.path("model-a", "clip", "preprocessor_config.json"));
    ImageProcessor newer = ImageProcessor.of(Reference.path("model-b", "clip", "preprocessor_config.json"));

    assertThat(List.of(older.height(), older.width())).containsExactly(32, 32);
    assertThat(List.of(newer.height(), newer.width())).containsExactly(28, 28);
    BufferedImage picture = read("src/rgb_640x300.png");
    assertThat(older.pixelValues(picture)).containsExactly(processor(32).pixelValues(picture));
    assertThat(newer.pixelValues(picture)).containsExactly(processor(28).pixelValues(picture));
  }

  private static ImageProcessor processor(int size) {
    return ImageProcessor.of(new ImageProcessorConfig(new ImageProcessorConfig.ShortestEdge(size),
        new ImageProcessorConfig.Size(size, size), 3, 1 / 255.0, new ImageProcessorConfig.Normalization(
            List.of(0.48145466, 0.4578275, 0.40821073), List.of(0.26862954, 0.26130258, 0.27577711))));
  }
}
