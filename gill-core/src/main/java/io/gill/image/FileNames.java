package io.gill.image;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * File names as text that does not depend on the locale. Unix names are bytes, which Java decodes by locale: under
 * {@code LC_ALL=C} every non-ASCII byte becomes the same replacement character. Here names are always UTF-8.
 */
public final class FileNames {
  /** Whether Java's own decoding is UTF-8. */
  private static final boolean DECODED = "UTF-8".equalsIgnoreCase(System.getProperty("sun.jnu.encoding"))
      || System.getProperty("os.name", "").startsWith("Windows");

  private FileNames() {}

  /**
   * Returns a relative path as text, with slashes between its names. {@link #resolve} maps it back to the same file
   * under any locale.
   *
   * @param path a relative path
   * @return the path as text; empty if a name is not valid UTF-8
   */
  public static Optional<String> of(Path path) {
    List<String> names = new ArrayList<>();
    for (Path name : path) {
      Optional<String> text = DECODED || path.getFileSystem() != FileSystems.getDefault() ? decoded(name) : utf8(name);
      if (text.isEmpty()) {
        return Optional.empty();
      }
      names.add(text.get());
    }
    return Optional.of(String.join("/", names));
  }

  /** Java replaces bytes that it cannot decode, which yields another name. */
  private static Optional<String> decoded(Path name) {
    String text = name.toString();
    try {
      return Optional.of(text).filter(one -> name.equals(name.getFileSystem().getPath(one)));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> utf8(Path name) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(unescaped(escaped(name)));
      return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns the last name of a path in ASCII, for messages.
   *
   * @param path any path
   * @return the name, with non-ASCII bytes as {@code %E4}
   */
  public static String escaped(Path path) {
    String uri = path.toUri().getRawPath();
    String name = uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri; // folders end with a slash
    return name.substring(name.lastIndexOf('/') + 1);
  }

  private static byte[] unescaped(String text) {
    byte[] bytes = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '%') {
        bytes[length++] = (byte) Integer.parseInt(text.substring(i + 1, i + 3), 16);
        i += 2;
      } else {
        bytes[length++] = (byte) text.charAt(i);
      }
    }
    return Arrays.copyOf(bytes, length);
  }

  /**
   * Returns the path that a text from {@link #of} denotes. Other texts are resolved like {@link Path#resolve(String)},
   * if the locale can represent them.
   *
   * @param folder base of relative paths
   * @param text a path with slashes
   * @return the path, not normalised
   * @throws InvalidPathException if the text is not a path
   */
  public static Path resolve(Path folder, String text) {
    if (DECODED || folder.getFileSystem() != FileSystems.getDefault()
        || text.chars().allMatch(character -> character < 0x80) || text.indexOf('\0') >= 0) {
      return folder.resolve(text);
    }
    StringBuilder uri = new StringBuilder("file:///");
    for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
      if (one == '/' || (one >= '0' && one <= '9') || (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z')) {
        uri.append((char) one);
      } else {
        uri.append(String.format(Locale.ROOT, "%%%02X", one));
      }
    }
    Path absolute = Path.of(URI.create(uri.toString()));
    return folder.resolve(text.startsWith("/") ? absolute : absolute.subpath(0, absolute.getNameCount()));
  }
}
