package io.gill.image;

import io.gill.GillException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.InflaterInputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** PNG files with text chunks. */
final class PngText {
  private static final String FORMAT = "javax_imageio_png_1.0";

  /** Maximum size of a compressed text and of all compressed texts together, in bytes. */
  private static final int LONGEST = 1 << 20;

  private static final int LONGEST_TOGETHER = 1 << 24;

  private PngText() {}

  static byte[] write(BufferedImage picture, Map<String, String> text) {
    // ImageIO would write four inks as red, green, blue and alpha.
    BufferedImage image = PixelMode.of(picture) == PixelMode.CMYK ? Images.toRgb(picture) : picture;
    ImageWriter writer = writer();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      IIOMetadata metadata = writer.getDefaultImageMetadata(
          ImageTypeSpecifier.createFromRenderedImage(image), writer.getDefaultWriteParam());
      metadata.mergeTree(FORMAT, tree(text));
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, metadata), null);
    } catch (IIOInvalidTreeException e) {
      throw new IllegalArgumentException("not texts for a PNG: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("not an image for a PNG: " + e.getMessage(), e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static ImageWriter writer() {
    for (Iterator<ImageWriter> all = ImageIO.getImageWritersByFormatName("png"); all.hasNext();) {
      ImageWriter writer = all.next();
      if (writer.getClass().getModule() == ImageWriter.class.getModule()) {
        return writer;
      }
    }
    throw new IllegalStateException("this Java runtime has no PNG writer in module java.desktop");
  }

  private static IIOMetadataNode tree(Map<String, String> text) {
    CharsetEncoder latin1 = StandardCharsets.ISO_8859_1.newEncoder();
    IIOMetadataNode plain = new IIOMetadataNode("tEXt");
    IIOMetadataNode unicode = new IIOMetadataNode("iTXt");
    text.forEach((keyword, value) -> {
      if (keyword.isBlank() || !keyword.equals(keyword.strip()) || keyword.length() > 79
          || !latin1.canEncode(keyword) || keyword.chars().anyMatch(Character::isISOControl)) {
        throw new IllegalArgumentException("not a PNG keyword (1 to 79 Latin-1 characters): '" + keyword + "'");
      }
      if (value.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("the text under '" + keyword + "' contains a NUL");
      }
      if (latin1.canEncode(value)) {
        IIOMetadataNode entry = new IIOMetadataNode("tEXtEntry");
        entry.setAttribute("keyword", keyword);
        entry.setAttribute("value", value);
        plain.appendChild(entry);
      } else {
        IIOMetadataNode entry = new IIOMetadataNode("iTXtEntry");
        entry.setAttribute("keyword", keyword);
        entry.setAttribute("compressionFlag", "FALSE");
        entry.setAttribute("compressionMethod", "0");
        entry.setAttribute("languageTag", "");
        entry.setAttribute("translatedKeyword", "");
        entry.setAttribute("text", value);
        unicode.appendChild(entry);
      }
    });
    IIOMetadataNode root = new IIOMetadataNode(FORMAT);
    for (IIOMetadataNode kind : List.of(plain, unicode)) {
      if (kind.hasChildNodes()) {
        root.appendChild(kind);
      }
    }
    return root;
  }

  /** Parsed by hand, since older JDKs inflate compressed texts without a limit. */
  static Map<String, String> read(byte[] png) {
    if (ImageFormat.of(png) != ImageFormat.PNG) {
      throw new GillException("not a PNG");
    }
    Map<String, String> text = new LinkedHashMap<>();
    ByteBuffer in = ByteBuffer.wrap(png).position(8);
    long inflated = 0;
    while (in.remaining() >= 12) {
      int length = in.getInt();
      String type = latin1(bytes(in, 4));
      if (type.equals("IEND")) {
        return text;
      }
      if (length < 0 || length > in.remaining() - 4) {
        break;
      }
      ByteBuffer chunk = in.slice(in.position(), length);
      in.position(in.position() + length + 4);
      try {
        switch (type) {
          case "tEXt" -> text.put(string(chunk), latin1(bytes(chunk, chunk.remaining())));
          case "zTXt" -> {
            String keyword = string(chunk);
            chunk.get();
            byte[] value = inflate(chunk);
            inflated += value.length;
            text.put(keyword, latin1(value));
          }
          case "iTXt" -> {
            String keyword = string(chunk);
            boolean compressed = chunk.get() != 0;
            chunk.get();
            string(chunk);
            string(chunk);
            byte[] value = compressed ? inflate(chunk) : bytes(chunk, chunk.remaining());
            inflated += compressed ? value.length : 0;
            text.put(keyword, new String(value, StandardCharsets.UTF_8));
          }
          default -> { }
        }
      } catch (IOException | BufferUnderflowException e) {
        throw new GillException("corrupt " + type + " chunk in a PNG", e);
      }
      if (inflated > LONGEST_TOGETHER) {
        throw new GillException("the compressed texts in a PNG are over the limit of " + LONGEST_TOGETHER + " bytes");
      }
    }
    throw new GillException("truncated PNG");
  }

  private static byte[] inflate(ByteBuffer chunk) throws IOException {
    byte[] deflated = bytes(chunk, chunk.remaining());
    try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(deflated))) {
      byte[] inflated = in.readNBytes(LONGEST + 1);
      if (inflated.length > LONGEST) {
        throw new GillException("a compressed text in a PNG is over the limit of " + LONGEST + " bytes");
      }
      return inflated;
    }
  }

  private static byte[] bytes(ByteBuffer in, int count) {
    byte[] bytes = new byte[count];
    in.get(bytes);
    return bytes;
  }

  /** Reads up to a NUL, which is consumed. */
  private static String string(ByteBuffer in) {
    int start = in.position();
    while (in.get() != 0) {
      // advance to the NUL
    }
    return latin1(bytes(in.duplicate().position(start), in.position() - 1 - start));
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
