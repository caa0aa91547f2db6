package io.gill.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Conversation;
import io.gill.GillException;
import io.gill.testsupport.Reference;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImagesTest {
  private static final Path SOURCES = Reference.path("golden", "images", "src");
  private static final ImageReadOptions AS_STORED = ImageReadOptions.builder().applyOrientation(false).build();

  /** One file for each decoding path. */
  static Stream<String> kinds() {
    return Stream.of("gray16_70x54.png", "palette_trns_64x50.png", "rgba_97x131.png", "q50_420_110x70.jpg",
        "progressive_110x70.jpg", "cmyk_110x70.jpg", "gif_75x61.gif", "bmp_45x35.bmp", "lossless_80x57.webp",
        "lossy_80x57.webp");
  }

  private static byte[] bytes(String file) throws IOException {
    return Files.readAllBytes(SOURCES.resolve(file));
  }

  private static byte[] pixels(BufferedImage image) {
    return Pixels.of(image).toRgb().data;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aTruncatedFileIsAnErrorUnlessAllPixelsAreThere(String file) throws IOException {
    byte[] whole = bytes(file);
    byte[] expected = pixels(Images.read(whole, file, AS_STORED));
    int step = Math.max(1, whole.length / 150);
    for (int length = 0; length < whole.length; length += step) {
      byte[] part = Arrays.copyOf(whole, length);
      try {
        byte[] actual = pixels(Images.read(part, "part of " + file, AS_STORED));
        assertThat(length).as("length of a file that could be read").isGreaterThan(whole.length * 9 / 10);
        assertThat(actual).isEqualTo(expected);
      } catch (GillException e) {
        assertThat(e).hasMessageStartingWith("part of " + file + ": ").message().doesNotContain("\n");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void damageIsAGillExceptionOrAPicture(String file) throws IOException {
    byte[] whole = bytes(file);
    Random random = new Random(5);
    ImageReadOptions small = AS_STORED.toBuilder().maxPixels(1_000_000).build();
    for (int i = 0; i < 200; i++) {
      byte[] damaged = whole.clone();
      int hits = 1 + random.nextInt(4);
      // Damages headers more often than pixels.
      int reach = i % 2 == 0 ? Math.min(64, whole.length) : whole.length;
      for (int hit = 0; hit < hits; hit++) {
        damaged[random.nextInt(reach)] = (byte) random.nextInt(256);
      }
      try {
        assertThat(Images.read(damaged, file, small)).isNotNull();
      } catch (GillException e) {
        assertThat(e).hasMessageStartingWith(file + ": ");
      }
    }
  }

  @Test
  void theContentDecidesNotTheName(@TempDir Path folder) throws IOException {
    Path named = Files.write(folder.resolve("picture.jpg"), bytes("rgb_32x32.png"));

    assertThat(pixels(Images.read(named))).isEqualTo(pixels(Images.read(SOURCES.resolve("rgb_32x32.png"))));
  }

  @Test
  void whatIsNotAPictureIsDescribed(@TempDir Path folder) throws IOException {
    Path page = Files.writeString(folder.resolve("cat.jpg"), "<html><body>404 Not Found</body></html>");
    Path empty = Files.write(folder.resolve("empty.png"), new byte[0]);

    assertThatThrownBy(() -> Images.read(page)).isInstanceOf(GillException.class)
        .hasMessage(page + ": not a PNG, JPEG, GIF, BMP or WebP image: starts with '<html><body>404'");
    assertThatThrownBy(() -> Images.read(empty)).isInstanceOf(GillException.class)
        .hasMessage(empty + ": not a PNG, JPEG, GIF, BMP or WebP image: it is empty");
    assertThatThrownBy(() -> Images.read(new byte[] {0, 1, 2}, "x")).isInstanceOf(GillException.class)
        .hasMessage("x: not a PNG, JPEG, GIF, BMP or WebP image: starts with 00 01 02");
    assertThatThrownBy(() -> Images.read(folder.resolve("none.png"))).isInstanceOf(GillException.class)
        .hasMessage(folder.resolve("none.png") + ": no such file");
    assertThatThrownBy(() -> Images.read(folder)).isInstanceOf(GillException.class)
        .hasMessageStartingWith(folder + " cannot be read");
  }

  @Test
  void theSizeOfAFileIsLimited(@TempDir Path folder) throws IOException {
    byte[] png = bytes("rgb_32x32.png");
    Path file = Files.write(folder.resolve("a.png"), png);
    ImageReadOptions less = ImageReadOptions.builder().maxBytes(png.length - 1).build();

    assertThat(Images.read(file, ImageReadOptions.builder().maxBytes(png.length).build())).isNotNull();
    assertThatThrownBy(() -> Images.read(file, less)).isInstanceOf(GillException.class)
        .hasMessageStartingWith(file + ": over the limit of " + (png.length - 1) + " bytes");
  }

  /** The last scan of a progressive image repeated without data: 11 bytes for a pass over all pixels. */
  @Test
  void theScansOfAJpegAreLimited() throws IOException {
    byte[] jpeg = bytes("progressive_110x70.jpg");
    String text = new String(jpeg, StandardCharsets.ISO_8859_1);
    int scans = text.split("\u00ff\u00da", -1).length - 1;
    int last = text.lastIndexOf("\u00ff\u00da");
    int header = 2 + ByteBuffer.wrap(jpeg).getShort(last + 2);
    String end = text.substring(text.length() - 2);
    String start = text.substring(0, text.length() - 2);
    String scan = text.substring(last, last + header) + "\0";

    byte[] most = (start + scan.repeat(100 - scans) + end).getBytes(StandardCharsets.ISO_8859_1);
    assertThat(Images.read(most, "most.jpg").getWidth()).isEqualTo(110);
    byte[] more = (start + scan.repeat(101 - scans) + end).getBytes(StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> Images.read(more, "more.jpg")).isInstanceOf(GillException.class)
        .hasMessage("more.jpg: JPEG with more than 100 scans is not supported");
  }

  static Stream<byte[]> bombs() throws IOException {
    byte[] png = bytes("rgb_32x32.png");
    ByteBuffer.wrap(png).putInt(16, 50_000).putInt(20, 50_000);
    byte[] jpeg = bytes("q50_420_110x70.jpg");
    int frame = new String(jpeg, StandardCharsets.ISO_8859_1).indexOf("\u00ff\u00c0");
    Arrays.fill(jpeg, frame + 5, frame + 9, (byte) 0xff);
    byte[] screen = bytes("gif_75x61.gif");
    Arrays.fill(screen, 6, 10, (byte) 0xff);
    byte[] gifFrame = bytes("gif_75x61.gif");
    int descriptor = 13 + 3 * (2 << (gifFrame[10] & 7));
    while (gifFrame[descriptor] != ',') {
      descriptor += 8;
    }
    Arrays.fill(gifFrame, descriptor + 5, descriptor + 9, (byte) 0xff);
    byte[] bmp = bytes("bmp_45x35.bmp");
    ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(18, 60_000).putInt(22, Integer.MIN_VALUE);
    byte[] lossless = bytes("lossless_80x57.webp");
    Arrays.fill(lossless, 21, 25, (byte) 0xff);
    byte[] lossy = bytes("lossy_80x57.webp");
    Arrays.fill(lossy, 26, 30, (byte) 0xff);
    byte[] canvas = riff(chunk("VP8X", new byte[] {0, 0, 0, 0, -1, -1, -1, -1, -1, -1}),
        Arrays.copyOfRange(bytes("lossless_80x57.webp"), 12, bytes("lossless_80x57.webp").length));
    return Stream.of(png, jpeg, screen, gifFrame, bmp, lossless, lossy, canvas);
  }

  @ParameterizedTest
  @MethodSource("bombs")
  void hugeDimensionsAreRefusedBeforeAnythingIsAllocated(byte[] bomb) {
    assertThatThrownBy(() -> Images.read(bomb, "bomb")).isInstanceOf(GillException.class)
        .hasMessageMatching("bomb: image of \\d+×\\d+ pixels is over the limit of 100000000 pixels");
  }

  @ParameterizedTest
  @CsvSource({
    "1, abc/def", "2, cba/fed", "3, fed/cba", "4, def/abc", "5, ad/be/cf", "6, da/eb/fc", "7, fc/eb/da", "8, cf/be/ad"
  })
  void exifOrientationsAreApplied(int orientation, String expected) throws IOException {
    byte[] png = withChunk(Images.toPng(letters(), Map.of()), "eXIf", exif(orientation));

    assertThat(letters(Images.read(png, "letters"))).isEqualTo(expected);
    assertThat(letters(Images.read(png, "letters", AS_STORED))).isEqualTo("abc/def");
  }

  @Test
  void aConversationTakesAPictureUprightOrAsItIsStored(@TempDir Path folder) throws IOException {
    Path file = Files.write(
        folder.resolve("letters.png"), withChunk(Images.toPng(letters(), Map.of()), "eXIf", exif(6)));
    Conversation conversation = Conversation.builder().image(file).image(file, AS_STORED).build();
    List<String> seen = conversation.turns().get(0).contents().stream()
        .map(content -> letters(((Conversation.Image) content).image())).toList();
    assertThat(seen).containsExactly("da/eb/fc", "abc/def");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void orientationIsFoundInJpegAndWebp(int orientation) throws IOException {
    byte[] stored = bytes("gray_110x70.jpg");
    ByteArrayOutputStream segment = new ByteArrayOutputStream();
    byte[] exif = exif(orientation);
    segment.write(stored, 0, 2);
    segment.writeBytes(new byte[] {-1, (byte) 0xe1, 0, (byte) (8 + exif.length), 'E', 'x', 'i', 'f', 0, 0});
    segment.writeBytes(exif);
    segment.write(stored, 2, stored.length - 2);
    byte[] webp = bytes("lossless_80x57.webp");
    byte[] extended = riff(chunk("VP8X", new byte[] {8, 0, 0, 0, 79, 0, 0, 56, 0, 0}),
        Arrays.copyOfRange(webp, 12, webp.length), chunk("EXIF", exif));

    assertTurned(segment.toByteArray(), orientation);
    assertTurned(extended, orientation);
  }

  private static void assertTurned(byte[] file, int orientation) {
    BufferedImage stored = Images.read(file, "stored", AS_STORED);
    BufferedImage turned = Images.read(file, "turned");
    boolean swapped = orientation > 4;
    assertThat(turned.getWidth()).isEqualTo(swapped ? stored.getHeight() : stored.getWidth());
    assertThat(turned.getHeight()).isEqualTo(swapped ? stored.getWidth() : stored.getHeight());
    assertThat(pixels(turned)).isEqualTo(Orientation.apply(Pixels.of(stored).toRgb(), orientation).data);
  }

  @Test
  void theReferencePhotoIsTurnedByDefault() {
    BufferedImage image = Images.read(SOURCES.resolve("exif_rot6_110x70.jpg"));

    assertThat(List.of(image.getWidth(), image.getHeight())).containsExactly(70, 110);
  }

  @Test
  void corruptExifIsIgnored() throws IOException {
    byte[] png = Images.toPng(letters(), Map.of());
    byte[] whole = exif(6);
    Random random = new Random(3);
    for (int i = 0; i < 300; i++) {
      byte[] damaged = Arrays.copyOf(whole, random.nextInt(whole.length + 1));
      for (int hit = 0; hit < 3 && damaged.length > 0; hit++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      assertThat(letters(Images.read(withChunk(png, "eXIf", damaged), "letters")).replace("/", "")).hasSize(6);
    }
  }

  @Test
  void alphaIsDroppedNotComposited() {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0x00c08040);

    assertThat(pixels(image)).containsExactly(0x40, 0x80, 0xc0);
  }

  @ParameterizedTest
  @ValueSource(ints = {
    BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB, BufferedImage.TYPE_INT_ARGB_PRE,
    BufferedImage.TYPE_INT_BGR, BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_4BYTE_ABGR,
    BufferedImage.TYPE_4BYTE_ABGR_PRE
  })
  void everyLayoutOfAnApplicationGivesTheSameResult(int type) {
    BufferedImage source = Images.read(SOURCES.resolve("rgb_33x32.png"));
    BufferedImage other = new BufferedImage(source.getWidth(), source.getHeight(), type);
    Graphics2D graphics = other.createGraphics();
    graphics.drawImage(source, 0, 0, null);
    graphics.dispose();

    assertThat(pixels(other)).isEqualTo(pixels(source));
    assertThat(pixels(Images.resize(other, 20, 45))).isEqualTo(pixels(Images.resize(source, 20, 45)));
  }

  @Test
  void aPartOfAPictureIsReadAsThatPart() {
    BufferedImage whole = Images.read(SOURCES.resolve("rgb_33x32.png"));
    BufferedImage part = whole.getSubimage(3, 5, 7, 4);

    byte[] actual = pixels(part);

    assertThat(actual).hasSize(3 * 7 * 4);
    assertThat(new Color(actual[2] & 0xff, actual[1] & 0xff, actual[0] & 0xff))
        .isEqualTo(new Color(whole.getRGB(3, 5)));
    int last = actual.length;
    assertThat(new Color(actual[last - 1] & 0xff, actual[last - 2] & 0xff, actual[last - 3] & 0xff))
        .isEqualTo(new Color(whole.getRGB(9, 8)));
  }

  @Test
  void extremeProportionsDoNotExhaustMemory() {
    BufferedImage line = new BufferedImage(20_000_000, 1, BufferedImage.TYPE_BYTE_GRAY);
    ImageProcessor processor = ImageProcessor.of(Reference.path("model-a", "clip", "preprocessor_config.json"));

    assertThat(processor.pixelValues(line)).hasSize(3 * 32 * 32);
    assertThat(Images.resize(line, 224, 224).getHeight()).isEqualTo(224);
    assertThat(Images.cover(line, 224, 224).getWidth()).isEqualTo(224); // the resized image would have 10¹² pixels
  }

  @ParameterizedTest
  @CsvSource({"50, 30, 32, 32", "30, 50, 64, 24", "7, 200, 40, 40", "64, 64, 32, 32", "40, 24, 40, 24", "3, 3, 5, 8"})
  void aCoveringImageIsTheCentreOfTheResizedOne(int fromWidth, int fromHeight, int width, int height) {
    BufferedImage source = new BufferedImage(fromWidth, fromHeight, BufferedImage.TYPE_INT_ARGB);
    Random random = new Random(fromWidth);
    for (int i = 0; i < fromWidth * fromHeight; i++) {
      source.setRGB(i % fromWidth, i / fromWidth, random.nextInt());
    }
    double scale = Math.max(width / (double) fromWidth, height / (double) fromHeight);
    int w = Math.max(width, (int) Math.rint(fromWidth * scale));
    int h = Math.max(height, (int) Math.rint(fromHeight * scale));
    BufferedImage whole = Images.resize(Images.toRgb(source), w, h);

    BufferedImage covering = Images.cover(source, width, height);

    assertThat(covering.getRGB(0, 0, width, height, null, 0, width))
        .isEqualTo(whole.getRGB((w - width) / 2, (h - height) / 2, width, height, null, 0, width));
  }

  @Test
  void impossibleSizesAreRefused() {
    BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);

    assertThatThrownBy(() -> Images.cover(image, 0, 5)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Images.resize(image, 0, 5)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Images.resize(image, 70_000, 70_000)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void threadsReadAtTheSameTime() throws Exception {
    List<String> files = kinds().toList();
    List<byte[]> expected = new ArrayList<>();
    for (String file : files) {
      expected.add(pixels(Images.read(SOURCES.resolve(file), AS_STORED)));
    }
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Callable<byte[]>> calls = new ArrayList<>();
      for (int i = 0; i < 80; i++) {
        String file = files.get(i % files.size());
        calls.add(() -> pixels(Images.read(SOURCES.resolve(file), AS_STORED)));
      }
      List<Future<byte[]>> results = pool.invokeAll(calls);
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i).get()).isEqualTo(expected.get(i % files.size()));
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static BufferedImage letters() {
    BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 6; i++) {
      image.getRaster().setSample(i % 3, i / 3, 0, 'a' + i);
    }
    return image;
  }

  private static String letters(BufferedImage image) {
    StringBuilder letters = new StringBuilder();
    for (int y = 0; y < image.getHeight(); y++) {
      letters.append(y > 0 ? "/" : "");
      for (int x = 0; x < image.getWidth(); x++) {
        letters.append((char) image.getRaster().getSample(x, y, 0));
      }
    }
    return letters.toString();
  }

  /** A TIFF block that contains only an orientation. */
  private static byte[] exif(int orientation) {
    return ByteBuffer.allocate(26).putShort((short) 0x4d4d).putShort((short) 42).putInt(8).putShort((short) 1)
        .putShort((short) 0x112).putShort((short) 3).putInt(1).putShort((short) orientation).putShort((short) 0)
        .putInt(0).array();
  }

  /** Inserts a chunk after the header of a PNG. */
  static byte[] withChunk(byte[] png, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    return ByteBuffer.allocate(png.length + 12 + data.length).put(png, 0, 33).putInt(data.length).put(name).put(data)
        .putInt((int) crc.getValue()).put(png, 33, png.length - 33).array();
  }

  private static byte[] chunk(String type, byte[] data) {
    return ByteBuffer.allocate(8 + data.length).order(ByteOrder.LITTLE_ENDIAN)
        .put(type.getBytes(StandardCharsets.US_ASCII)).putInt(data.length).put(data).array();
  }

  private static byte[] riff(byte[]... chunks) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes("WEBP".getBytes(StandardCharsets.US_ASCII));
    for (byte[] chunk : chunks) {
      body.writeBytes(chunk);
    }
    return chunk("RIFF", body.toByteArray());
  }

  @Test
  void transparencyBecomesAMask() {
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0x00FF0000);
    image.setRGB(1, 0, 0x4000FF00);
    image.setRGB(2, 0, 0xFF0000FF);
    BufferedImage mask = Images.transparency(image).orElseThrow();
    assertThat(mask.getRaster().getSamples(0, 0, 3, 1, 0, (int[]) null)).containsExactly(255, 191, 0);
    assertThat(Images.transparency(Images.toRgb(image))).isEmpty();
  }
}
