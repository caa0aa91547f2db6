package io.gill.examples.soak;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Picture files, and changes to them with corrected lengths and checksums. */
final class Pictures {
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};
  private static final int MOST_INFLATED = 1 << 20;

  private Pictures() {}

  static BufferedImage paint(int seed, int type, int width, int height) {
    BufferedImage image = new BufferedImage(width, height, type);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(new Color(seed * 2654435 & 0xFFFFFF));
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(new Color(seed * 40503 + 99 & 0xFFFFFF));
    graphics.fillOval(seed % 5, seed % 3, width / 2, height / 2);
    graphics.dispose();
    return image;
  }

  static byte[] written(String format, int seed, int type, boolean progressive) throws IOException {
    BufferedImage image = paint(seed, type, 20 + seed % 7, 15 + seed % 5);
    ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      if (progressive && parameters.canWriteProgressive()) {
        parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      }
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), parameters);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /** A JPEG with an EXIF orientation. */
  static byte[] turned(int orientation) throws IOException {
    byte[] jpeg = written("jpeg", orientation, BufferedImage.TYPE_INT_RGB, false);
    byte[] tiff = ByteBuffer.allocate(26).put(new byte[] {'M', 'M', 0, 42}).putInt(8).putShort((short) 1)
        .putShort((short) 0x112).putShort((short) 3).putInt(1).putShort((short) orientation).putShort((short) 0)
        .putInt(0).array();
    byte[] exif = Bytes.join("Exif\0\0".getBytes(StandardCharsets.US_ASCII), tiff);
    return Bytes.join(Arrays.copyOf(jpeg, 2), segment(0xE1, exif), Arrays.copyOfRange(jpeg, 2, jpeg.length));
  }

  private static byte[] segment(int marker, byte[] content) {
    int length = Math.min(0xFFFF, content.length + 2);
    return Bytes.join(new byte[] {(byte) 0xFF, (byte) marker, (byte) (length >> 8), (byte) length}, content);
  }

  /** Changes a PNG: chunks with a length and a CRC each. */
  static byte[] png(byte[] bytes, Random random) {
    if (bytes.length < 8 || random.nextInt(6) == 0) {
      return Bytes.mutate(bytes, random);
    }
    List<byte[]> chunks = new ArrayList<>(); // type and content
    ByteBuffer in = ByteBuffer.wrap(bytes).position(8);
    while (in.remaining() >= 12) {
      int length = in.getInt();
      if (length < 0 || length > in.remaining() - 8) {
        break;
      }
      byte[] chunk = new byte[4 + length];
      in.get(chunk).getInt();
      chunks.add(chunk);
    }
    for (int left = 1 + random.nextInt(2); left > 0 && !chunks.isEmpty(); left--) {
      int at = random.nextInt(chunks.size());
      byte[] chunk = chunks.get(at);
      switch (random.nextInt(8)) {
        case 0 -> chunks.remove(at);
        case 1 -> chunks.add(random.nextInt(chunks.size() + 1), chunk);
        case 2 -> chunks.add(1, odd(random));
        default -> chunks.set(at, Bytes.join(Arrays.copyOf(chunk, 4), content(chunk, random)));
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(PNG);
    for (byte[] chunk : chunks) {
      CRC32 crc = new CRC32();
      crc.update(chunk);
      out.writeBytes(Bytes.bigEndian(chunk.length - 4));
      out.writeBytes(chunk);
      out.writeBytes(Bytes.bigEndian((int) crc.getValue()));
    }
    return out.toByteArray();
  }

  private static byte[] content(byte[] chunk, Random random) {
    byte[] content = Arrays.copyOfRange(chunk, 4, chunk.length);
    if (chunk[0] == 'I' && chunk[1] == 'D' && random.nextInt(3) > 0) {
      Inflater inflater = new Inflater();
      try {
        inflater.setInput(content);
        byte[] plain = new byte[MOST_INFLATED];
        int length = inflater.inflate(plain);
        return deflated(Bytes.mutate(Arrays.copyOf(plain, length), random));
      } catch (DataFormatException e) {
        return Bytes.mutate(content, random);
      } finally {
        inflater.end();
      }
    }
    return content.length == 0 ? new byte[] {1} : Bytes.mutate(content, random);
  }

  private static byte[] odd(Random random) {
    byte[] text = {'k', 'e', 'y', 0, 0, 0, 0, 0};
    byte[] zeros = new byte[random.nextInt(8) == 0 ? 2 << 20 : 100];
    return switch (random.nextInt(6)) {
      case 0 -> Bytes.join(new byte[] {'z', 'T', 'X', 't', 'k', 0, 0}, deflated(zeros));
      case 1 -> Bytes.join(new byte[] {'i', 'T', 'X', 't'}, text);
      case 2 -> Bytes.join(new byte[] {'i', 'C', 'C', 'P', 'k', 0, 0}, deflated(zeros));
      case 3 -> Bytes.join(new byte[] {'P', 'L', 'T', 'E'}, Arrays.copyOf(zeros, 3 * random.nextInt(30)));
      case 4 -> Bytes.join(new byte[] {'t', 'R', 'N', 'S'}, Arrays.copyOf(zeros, random.nextInt(30)));
      default -> Bytes.join(new byte[] {'e', 'X', 'I', 'f'}, Arrays.copyOf(zeros, random.nextInt(60)));
    };
  }

  private static byte[] deflated(byte[] bytes) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    deflater.setInput(bytes);
    deflater.finish();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] block = new byte[8192];
    while (!deflater.finished()) {
      out.write(block, 0, deflater.deflate(block));
    }
    deflater.end();
    return out.toByteArray();
  }

  /** Changes a JPEG: segments with a marker and a length each, then the scans. */
  static byte[] jpeg(byte[] bytes, Random random) {
    List<byte[]> segments = new ArrayList<>();
    int at = 2;
    while (at + 4 <= bytes.length && (bytes[at] & 0xff) == 0xFF && (bytes[at + 1] & 0xff) != 0xDA) {
      int end = at + 2 + (((bytes[at + 2] & 0xff) << 8) | (bytes[at + 3] & 0xff));
      if (end > bytes.length) {
        break;
      }
      segments.add(Arrays.copyOfRange(bytes, at, end));
      at = end;
    }
    if (segments.isEmpty() || random.nextInt(5) == 0) {
      return Bytes.mutate(bytes, random);
    }
    int which = random.nextInt(segments.size());
    byte[] one = segments.get(which);
    switch (random.nextInt(8)) {
      case 0 -> segments.remove(which);
      case 1 -> segments.add(random.nextInt(segments.size() + 1), one);
      default -> segments.set(which,
          segment(one[1], Bytes.mutate(Arrays.copyOfRange(one, Math.min(4, one.length), one.length), random)));
    }
    byte[] scans = Arrays.copyOfRange(bytes, at, bytes.length);
    return Bytes.join(Arrays.copyOf(bytes, 2), Bytes.join(segments.toArray(byte[][]::new)),
        random.nextInt(4) == 0 ? Bytes.mutate(scans, random) : scans);
  }

  /** Changes a GIF or BMP, which have their sizes in the first bytes. */
  static byte[] gifOrBmp(byte[] bytes, Random random) {
    return random.nextBoolean() ? Bytes.mutateHead(bytes, 60, random) : Bytes.mutate(bytes, random);
  }

  /** Changes a WebP: RIFF with a size for the file and one for every chunk. */
  static byte[] webp(byte[] bytes, Random random) {
    byte[] changed =
        random.nextInt(3) == 0 ? Bytes.mutateHead(bytes, 60, random) : Bytes.mutate(bytes, random);
    if (changed.length > 20 && random.nextInt(4) > 0) {
      Bytes.reader(changed).putInt(4, changed.length - 8);
      if (random.nextBoolean()) {
        Bytes.reader(changed).putInt(16, changed.length - 20);
      }
    }
    return changed;
  }
}
