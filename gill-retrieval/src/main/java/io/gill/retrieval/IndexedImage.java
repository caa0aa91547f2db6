package io.gill.retrieval;

import com.google.common.base.Utf8;
import java.util.Map;

/**
 * An image as an index knows it.
 *
 * @param id names it in the index; 1 to {@value #MAX_ID} bytes of UTF-8
 * @param uri where it lies, at most {@value #MAX_TEXT} bytes of UTF-8
 * @param attributes what it can be filtered by; names and values of at most {@value #MAX_TEXT} bytes of UTF-8 together
 * @param embedding (E); an index keeps its direction alone
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier of many numbers, never compared
public record IndexedImage(String id, String uri, Map<String, String> attributes, float[] embedding) {
  /** The longest id: OpenSearch takes no longer one. */
  public static final int MAX_ID = 512;

  /** The longest URI or attribute. */
  public static final int MAX_TEXT = 8192;

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

  private static void check(String what, String text, int most) {
    int length = Utf8.encodedLength(text); // of half a surrogate pair it says that it is none
    if (length > most) {
      throw new IllegalArgumentException(
          "an image's " + what + " has " + length + " bytes; at most " + most + " are allowed: "
              + text.substring(0, 60) + "…");
    }
  }
}
