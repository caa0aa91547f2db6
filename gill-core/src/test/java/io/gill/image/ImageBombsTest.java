package io.gill.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gill.GillException;
import io.gill.testsupport.Reference;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Small files that claim large images, in every supported format: the JVM counts what is allocated for them. */
class ImageBombsTest {
  private static final int SIDE = 1500;
  private static final long MIB = 1 << 20;
  private static final Pattern TAKES = Pattern.compile("takes up to (\\d+) bytes of memory, over the limit of (\\d+)");

  static Stream<String> bombs() {
    return files().keySet().stream();
  }

  private static Map<String, byte[]> files() {
    Map<String, byte[]> files = new TreeMap<>();
    files.put("grey of 1 bit.png", png(SIDE, 1, 0, false));
    files.put("grey of 4 bits.png", png(SIDE, 4, 0, false));
    files.put("palette.png", png(SIDE, 8, 3, false));
    files.put("rgb.png", png(SIDE, 8, 2, false));
    files.put("rgb of 16 bits.png", png(SIDE, 16, 2, false));
    files.put("rgba of 16 bits.png", png(SIDE, 16, 6, false));
    files.put("interlaced.png", png(SIDE, 16, 6, true));
    files.put("grey and alpha of 16 bits.png", png(SIDE, 16, 4, false));
    files.put("gif", gif(SIDE, SIDE, SIDE, false));
    files.put("interlaced.gif", gif(SIDE, SIDE, SIDE, true));
    files.put("canvas.gif", gif(SIDE, 1, 1, false));
    files.put("baseline.jpg", jpeg(SIDE, 0xc0));
    files.put("progressive.jpg", jpeg(SIDE, 0xc2));
    files.put("runs.bmp", bmp(SIDE));
    files.put("lossless.webp", riff(chunk("VP8L", vp8l(SIDE, false))));
    files.put("palette.webp", riff(chunk("VP8L", vp8l(SIDE, true))));
    files.put("canvas.webp", riff(chunk("VP8X", vp8x(SIDE)), chunk("VP8L", vp8l(1, true))));
    files.put("lossy.webp", riff(chunk("VP8 ", vp8(SIDE))));
    files.put("alpha.webp", riff(chunk("VP8X", vp8x(SIDE)), chunk("ALPH", alpha()), chunk("VP8 ", vp8(SIDE))));
    return files;
  }

  /** Raises the limit to the amount each error asks for, until the image is decoded. */
  @ParameterizedTest
  @MethodSource("bombs")
  void noMoreMemoryIsTakenThanIsAllowed(String name) {
    byte[] file = files().get(name);
    assertThat(file.length).isLessThan(SIDE * SIDE / 10);
    read(file, name, ImageReadOptions.builder().maxMemory(1).build()); // loads classes
    long limit = 1;
    for (int raised = 0;; raised++) {
      ImageReadOptions options = ImageReadOptions.builder().maxMemory(limit).build();
      long allocated = allocated(() -> read(file, name, options));
      assertThat(allocated).as("allocated under a limit of %d", limit).isLessThan(limit + 3L * file.length + MIB);
      String refusal = read(file, name, options);
      Matcher takes = TAKES.matcher(refusal);
      if (!takes.find()) {
        assertThat(raised).isPositive();
        assertThat(refusal).isIn("", name + ": truncated WebP"); // the reference's partitions are shorter
        break;
      }
      assertThat(Long.parseLong(takes.group(2))).isEqualTo(limit);
      limit = Long.parseLong(takes.group(1));
    }
    assertThat(limit).isLessThan(20L * SIDE * SIDE);
  }

  static Stream<byte[]> shortFiles() {
    byte[] png = png(16, 8, 6, false);
    ByteBuffer.wrap(png).putInt(16, 10_000).putInt(20, 10_000);
    CRC32 crc = new CRC32();
    crc.update(png, 12, 17);
    ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
    byte[] bmp = bmp(16);
    ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(18, 10_000).putInt(22, 10_000);
    byte[] gif = gif(10_000, 10_000, 16, false);
    return Stream.of(png, bmp, gif);
  }

  /** No memory is allocated for pixels that cannot be in the file. */
  @ParameterizedTest
  @MethodSource("shortFiles")
  void aFileTooShortForItsPixelsTakesNoMemory(byte[] file) {
    read(file, "short", ImageReadOptions.untrusted());
    assertThat(allocated(() -> assertThatThrownBy(() -> Images.read(file, "short"))
        .isInstanceOf(GillException.class).hasMessageStartingWith("short: "))).isLessThan(4 * MIB);
  }

  @Test
  void aThinPictureIsRefused() throws IOException {
    BufferedImage thin = new BufferedImage(70_000, 1, BufferedImage.TYPE_BYTE_GRAY);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(thin, "png", png);
    assertThatThrownBy(() -> Images.read(png.toByteArray(), "x.png")).isInstanceOf(GillException.class)
        .hasMessage("x.png: image of 70000×1 pixels is over the limit of 65535 pixels a side");
  }

  @Test
  void whatStrangersSendIsLimitedMore() {
    byte[] gif = gif(5001, 1, 1, false);
    assertThatThrownBy(() -> Images.read(gif, "x.gif", ImageReadOptions.untrusted())).isInstanceOf(GillException.class)
        .hasMessage("x.gif: image of 5001×5001 pixels is over the limit of 25000000 pixels");
    byte[] webp = riff(chunk("VP8L", vp8l(4999, false)));
    assertThatThrownBy(() -> Images.read(webp, "x.webp", ImageReadOptions.untrusted()))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("over the limit of 268435456");
    assertThatThrownBy(() -> ImageReadOptions.builder().maxMemory(0).build())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void thePixelsOfABombAreRight() {
    assertThat(Images.read(gif(40, 40, 40, true), "x.gif").getRGB(39, 39)).isEqualTo(0xffffffff);
    assertThat(Images.read(png(40, 16, 6, true), "x.png").getRGB(39, 39) & 0xffffff).isZero();
  }

  @Test
  void aPictureTooLargeForTheHeapIsAnErrorOfThatPicture() {
    assumeThat(Runtime.getRuntime().maxMemory()).isLessThan(3L << 30);
    BufferedImage line = new BufferedImage(100_000_000, 1, BufferedImage.TYPE_BYTE_GRAY);
    ByteBuffer[] held = new ByteBuffer[64];
    for (int i = 0; i < held.length; i++) { // all but a few MiB
      try {
        held[i] = ByteBuffer.allocate(64 << 20);
      } catch (OutOfMemoryError e) {
        break;
      }
    }
    ImageProcessor processor = ImageProcessor.of(Reference.path("model-a", "clip", "preprocessor_config.json"));
    for (Supplier<?> use : Arrays.<Supplier<?>>asList(
        () -> Images.toRgb(line), () -> Images.resize(line, 99_000_000, 2), () -> processor.pixelValues(line))) {
      assertThatThrownBy(use::get).isInstanceOf(GillException.class)
          .hasMessageContaining("too little memory").hasMessageContaining("100000000×1");
    }
    assertThat(held[0]).isNotNull();
  }

  /** An image of more bytes than the heap is not damaged. */
  @Test
  void aPictureThatDoesNotFitInMemoryIsNotCalledDamaged() {
    assumeThat(Runtime.getRuntime().maxMemory()).isLessThan(3L << 30);
    byte[] webp = riff(chunk("VP8L", vp8l(16_383, true)));
    ImageReadOptions unlimited = ImageReadOptions.builder().maxPixels(500_000_000).maxMemory(Long.MAX_VALUE).build();
    assertThatThrownBy(() -> Images.read(webp, "large.webp", unlimited))
        .isInstanceOf(GillException.class).hasMessageStartingWith("large.webp: too little memory")
        .hasMessageNotContaining("corrupt");
  }

  /** Returns the error message, or an empty text. */
  private static String read(byte[] file, String name, ImageReadOptions options) {
    try {
      Images.read(file, name, options);
      return "";
    } catch (GillException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static long allocated(Runnable work) {
    long before = allocatedByThread();
    work.run();
    return allocatedByThread() - before;
  }

  /** By reflection, since the module under test does not read java.management. */
  private static long allocatedByThread() {
    try {
      Object threads =
          Class.forName("java.lang.management.ManagementFactory").getMethod("getThreadMXBean").invoke(null);
      return (long) Class.forName("com.sun.management.ThreadMXBean")
          .getMethod("getThreadAllocatedBytes", long.class).invoke(threads, Thread.currentThread().getId());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("this Java runtime does not count what a thread allocates", e);
    }
  }

  private static byte[] png(int side, int depth, int colorType, boolean interlaced) {
    int channels = switch (colorType) {
      case 2 -> 3;
      case 4 -> 2;
      case 6 -> 4;
      default -> 1;
    };
    long raw = 0;
    int[][] passes = interlaced
        ? new int[][] {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}
        : new int[][] {{0, 0, 1, 1}};
    for (int[] pass : passes) {
      long width = (side - pass[0] + pass[2] - 1) / pass[2];
      long height = (side - pass[1] + pass[3] - 1) / pass[3];
      raw += height * (1 + (width * channels * depth + 7) / 8);
    }
    Deflater deflater = new Deflater();
    deflater.setInput(new byte[(int) raw]);
    deflater.finish();
    byte[] packed = new byte[(int) (raw / 100 + 100)];
    int length = deflater.deflate(packed);
    deflater.end();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    pngChunk(out, "IHDR", ByteBuffer.allocate(13).putInt(side).putInt(side).put((byte) depth).put((byte) colorType)
        .put((byte) 0).put((byte) 0).put((byte) (interlaced ? 1 : 0)).array());
    if (colorType == 3) {
      pngChunk(out, "PLTE", new byte[] {1, 2, 3});
    }
    pngChunk(out, "IDAT", Arrays.copyOf(packed, length));
    pngChunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static void pngChunk(ByteArrayOutputStream out, String type, byte[] data) {
    byte[] named = ByteBuffer.allocate(4 + data.length).put(type.getBytes(StandardCharsets.US_ASCII)).put(data).array();
    CRC32 crc = new CRC32();
    crc.update(named);
    out.writeBytes(ByteBuffer.allocate(8 + named.length).putInt(data.length).put(named).putInt((int) crc.getValue())
        .array());
  }

  /** Black and white, with index 1 only: after the first pixel every code is the one being defined. */
  private static byte[] gif(int canvas, int frame, int packed, boolean interlaced) {
    Bits bits = new Bits();
    bits.add(4, 3);
    bits.add(1, 3);
    int size = 3;
    int free = 6;
    for (long done = 1, length = 2; done < (long) packed * packed; done += length++) {
      if (free == 4096) {
        bits.add(4095, 12); // the longest string, repeatedly
        length--;
        continue;
      }
      bits.add(free, size);
      free++;
      if (free == 1 << size && size < 12) {
        size++;
      }
    }
    bits.add(5, size);
    byte[] codes = bits.bytes();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(ByteBuffer.allocate(13).order(ByteOrder.LITTLE_ENDIAN)
        .put("GIF89a".getBytes(StandardCharsets.US_ASCII)).putShort((short) canvas).putShort((short) canvas)
        .put((byte) 0x80).array());
    out.writeBytes(new byte[] {0, 0, 0, -1, -1, -1});
    out.writeBytes(ByteBuffer.allocate(11).order(ByteOrder.LITTLE_ENDIAN).put((byte) ',').putInt(0)
        .putShort((short) frame).putShort((short) frame).put((byte) (interlaced ? 0x40 : 0)).put((byte) 2).array());
    for (int at = 0; at < codes.length; at += 255) {
      int length = Math.min(255, codes.length - at);
      out.write(length);
      out.write(codes, at, length);
    }
    out.write(0);
    out.write(';');
    return out.toByteArray();
  }

  /** All blocks are 0: one bit for DC each, and one for the end of the block if AC is in the same scan. */
  private static byte[] jpeg(int side, int frame) {
    int blocks = 3 * ((side + 7) / 8) * ((side + 7) / 8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {-1, (byte) 0xd8, -1, (byte) 0xdb, 0, 67, 0});
    byte[] ones = new byte[64];
    Arrays.fill(ones, (byte) 1);
    out.writeBytes(ones);
    out.writeBytes(ByteBuffer.allocate(19).put((byte) -1).put((byte) frame).putShort((short) 17).put((byte) 8)
        .putShort((short) side).putShort((short) side).put(new byte[] {3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0}).array());
    for (int table : new int[] {0, 0x10}) {
      out.writeBytes(new byte[] {-1, (byte) 0xc4, 0, 20, (byte) table, 1});
      out.writeBytes(new byte[16]);
    }
    boolean progressive = frame == 0xc2;
    out.writeBytes(new byte[] {-1, (byte) 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, (byte) (progressive ? 0 : 63), 0});
    out.writeBytes(new byte[blocks * (progressive ? 1 : 2) / 8 + 1]);
    out.writeBytes(new byte[] {-1, (byte) 0xd9});
    return out.toByteArray();
  }

  private static byte[] bmp(int side) {
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    for (int y = 0; y < side; y++) {
      for (int left = side; left > 0; left -= 255) {
        rows.write(Math.min(255, left));
        rows.write(0);
      }
      rows.writeBytes(new byte[] {0, (byte) (y + 1 < side ? 0 : 1)});
    }
    ByteBuffer head = ByteBuffer.allocate(54 + 1024).order(ByteOrder.LITTLE_ENDIAN);
    head.put((byte) 'B').put((byte) 'M').putInt(head.capacity() + rows.size()).putInt(0).putInt(head.capacity());
    head.putInt(40).putInt(side).putInt(side).putShort((short) 1).putShort((short) 8).putInt(1).putInt(rows.size());
    for (int i = 0; i < 256; i++) { // ascending greys are read as a grey image
      head.putInt(54 + 4 * i, i * 0x010101);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(head.array());
    out.writeBytes(rows.toByteArray());
    return out.toByteArray();
  }

  private static byte[] vp8l(int side, boolean palette) {
    Bits bits = new Bits();
    bits.add(0x2f, 8);
    bits.add(side - 1, 14);
    bits.add(side - 1, 14);
    bits.add(1, 1);
    bits.add(0, 3);
    lossless(bits, palette);
    return bits.bytes();
  }

  private static byte[] alpha() {
    Bits bits = new Bits();
    bits.add(1, 8);
    lossless(bits, true);
    return bits.bytes();
  }

  /** Every code has one symbol and takes no bits, which allows any number of pixels. */
  private static void lossless(Bits bits, boolean palette) {
    if (palette) {
      bits.add(1, 1);
      bits.add(3, 2);
      bits.add(200, 8); // too many colours to pack several pixels
      bits.add(0, 1);
      singleSymbols(bits);
    }
    bits.add(0, 1); // no other transform
    bits.add(0, 1); // no cache
    bits.add(0, 1); // one group of codes
    singleSymbols(bits);
    bits.add(0, 32);
  }

  private static void singleSymbols(Bits bits) {
    for (int i = 0; i < 5; i++) {
      bits.add(1, 4); // simple, one symbol of one bit, which is 0
    }
  }

  private static byte[] vp8x(int side) {
    return ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putInt(0x10)
        .put((byte) (side - 1)).put((byte) ((side - 1) >> 8)).put((byte) 0)
        .put((byte) (side - 1)).put((byte) ((side - 1) >> 8)).put((byte) 0).array();
  }

  private static byte[] vp8(int side) {
    try {
      byte[] file = Files.readAllBytes(Reference.path("golden", "images", "src", "lossy_80x57.webp"));
      ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
      in.putShort(26, (short) side).putShort(28, (short) side);
      return Arrays.copyOfRange(file, 20, 20 + in.getInt(16));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] chunk(String type, byte[] data) {
    return ByteBuffer.allocate(8 + data.length + (data.length & 1)).order(ByteOrder.LITTLE_ENDIAN)
        .put(type.getBytes(StandardCharsets.US_ASCII)).putInt(data.length).put(data).array();
  }

  private static byte[] riff(byte[]... chunks) {
    int length = 4 + Arrays.stream(chunks).mapToInt(chunk -> chunk.length).sum();
    ByteBuffer out = ByteBuffer.allocate(8 + length).order(ByteOrder.LITTLE_ENDIAN)
        .put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(length).put("WEBP".getBytes(StandardCharsets.US_ASCII));
    for (byte[] chunk : chunks) {
      out.put(chunk);
    }
    return out.array();
  }

  /** Numbers of given bit widths, least significant bit first. */
  private static final class Bits {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private long pending;
    private int count;

    void add(int value, int bits) {
      pending |= (value & 0xffffffffL) << count;
      for (count += bits; count >= 8; count -= 8) {
        out.write((int) pending);
        pending >>>= 8;
      }
    }

    byte[] bytes() {
      add(0, 7);
      return out.toByteArray();
    }
  }
}
