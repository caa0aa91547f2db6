package io.gill.image;

import io.gill.GillException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.w3c.dom.Node;

/** PNGs with texts, through ImageIO's PNG metadata. */
final class PngText {
  private static final String FORMAT = "javax_imageio_png_1.0";

  private PngText() {}

  static byte[] write(BufferedImage image, Map<String, String> text) {
    ImageWriter writer = writer();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      IIOMetadata metadata =
          writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(image), writer.getDefaultWriteParam());
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

  static Map<String, String> read(byte[] png) {
    if (ImageFormat.of(png) != ImageFormat.PNG) {
      throw new GillException("not a PNG");
    }
    try {
      Node root = JdkReader.PNG.metadata(png).getAsTree(FORMAT);
      Map<String, String> text = new LinkedHashMap<>();
      for (Node kind : children(root)) {
        String name = kind.getNodeName();
        if (name.equals("tEXt") || name.equals("zTXt") || name.equals("iTXt")) {
          for (Node entry : children(kind)) {
            text.put(attribute(entry, "keyword"), attribute(entry, name.equals("tEXt") ? "value" : "text"));
          }
        }
      }
      return text;
    } catch (IOException | RuntimeException e) {
      throw new GillException("corrupt or truncated PNG: " + e.getMessage(), e);
    }
  }

  private static String attribute(Node entry, String name) {
    return entry.getAttributes().getNamedItem(name).getNodeValue();
  }

  private static List<Node> children(Node node) {
    List<Node> children = new ArrayList<>();
    for (int i = 0; i < node.getChildNodes().getLength(); i++) {
      children.add(node.getChildNodes().item(i));
    }
    return children;
  }
}
