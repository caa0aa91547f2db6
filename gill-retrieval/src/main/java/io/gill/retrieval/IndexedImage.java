package io.gill.retrieval;

import com.google.common.base.Utf8;
import java.util.Map;

/**
 * An entry of an index: an image's id, location, attributes and embedding.
 *
 * @param id unique in the index, 1 to {@value #MAX_ID} bytes of UTF-8
 * @param uri location of the image, at most {@value #MAX_TEXT} bytes of UTF-8
 * @param attributes used by {@link ImageFilter}. A name and its value together have at most {@value #MAX_TEXT} bytes of
 *     UTF-8, all attributes together at most {@value #MAX_ATTRIBUTES}.
 * @param embedding (E); an index keeps only its direction
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record IndexedImage(String id, String uri, Map<String, String> attributes, float[] embedding) {
  /** Maximum length of an id in bytes, a limit of OpenSearch. */
  public static final int MAX_ID = 512;

  /** Maximum length of a URI, or of an attribute's name and value together, in bytes. */
  public static final int MAX_TEXT = 8192;

  /** Maximum length of all attributes of an image in bytes, so that a few thousand images always fit in memory. */
  public static final int MAX_ATTRIBUTES = 1 << 16;

  /**
   * Checks the lengths and copies the attributes.
   *
   * @param id unique in the index
   * @param uri location of the image
   * @param attributes used by {@link ImageFilter}
   * @param embedding (E), not copied
   * @throws IllegalArgumentException if the id is empty, or a text is too long or not valid Unicode
   */
  public IndexedImage {
    check("id", id, MAX_ID);
    if (id.isEmpty()) {
      throw new IllegalArgumentException("an image's id is empty");
    }
    check("URI", uri, MAX_TEXT);
    attributes = Map.copyOf(attributes);
    attributes.forEach((name, value) -> check("attribute " + name, name + value, MAX_TEXT));
    checkTotal(attributes.entrySet().stream()
        .mapToLong(one -> Utf8.encodedLength(one.getKey()) + Utf8.encodedLength(one.getValue())).sum());
  }

  /**
   * Creates an image without attributes.
   *
   * @param id unique in the index
   * @param uri location of the image
   * @param embedding (E), not copied
   */
  public IndexedImage(String id, String uri, float[] embedding) {
    this(id, uri, Map.of(), embedding);
  }

  static void checkTotal(long bytes) {
    if (bytes > MAX_ATTRIBUTES) {
      throw new IllegalArgumentException(
          "an image's attributes have " + bytes + " bytes in total; at most " + MAX_ATTRIBUTES + " are allowed");
    }
  }

  private static void check(String what, String text, int most) {
    int length = Utf8.encodedLength(text); // throws for an unpaired surrogate
    if (length > most) {
      throw new IllegalArgumentException(
          "an image's " + what + " has " + length + " bytes; at most " + most + " are allowed: "
              + text.substring(0, 60) + "…");
    }
  }
}
