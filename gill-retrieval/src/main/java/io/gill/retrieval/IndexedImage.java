package io.gill.retrieval;

import com.google.common.base.Utf8;
import java.util.Map;

/**
 * An image as an index knows it.
 *
 * @param id names it in the index; 1 to {@value #MAX_ID} bytes of UTF-8
 * @param uri where it lies, at most {@value #MAX_TEXT} bytes of UTF-8
 * @param attributes what it can be filtered by; a name and its value have at most {@value #MAX_TEXT} bytes
 *     of UTF-8, all of them {@value #MAX_ATTRIBUTES}
 * @param embedding (E); an index keeps its direction alone
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier of many numbers, never compared
public record IndexedImage(String id, String uri, Map<String, String> attributes, float[] embedding) {
  /** The longest id: OpenSearch takes no longer one. */
  public static final int MAX_ID = 512;

  /** The longest URI or attribute. */
  public static final int MAX_TEXT = 8192;

  /** All attributes of an image, so that some thousand images always fit in memory. */
  public static final int MAX_ATTRIBUTES = 1 << 16;

  /**
   * Checks the lengths, and copies the attributes.
   *
   * @param id as above
   * @param uri as above
   * @param attributes as above
   * @param embedding as above, not copied
   * @throws IllegalArgumentException if a text is too long, the id empty, or a text no valid Unicode
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
   * An image without attributes.
   *
   * @param id as above
   * @param uri as above
   * @param embedding as above
   */
  public IndexedImage(String id, String uri, float[] embedding) {
    this(id, uri, Map.of(), embedding);
  }

  static void checkTotal(long bytes) {
    if (bytes > MAX_ATTRIBUTES) {
      throw new IllegalArgumentException(
          "an image's attributes have " + bytes + " bytes together; at most " + MAX_ATTRIBUTES + " are allowed");
    }
  }

  private static void check(String what, String text, int most) {
    int length = Utf8.encodedLength(text); // of half a surrogate pair it says that it is none
    if (length > most) {
      throw new IllegalArgumentException(
          "an image's " + what + " has " + length + " bytes; at most " + most + " are allowed: "
              + text.substring(0, 60) + "…");
    }
  }
}
