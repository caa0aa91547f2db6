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
 * Names of files as text that is the same under every locale. Unix names are bytes, which Java decodes by the locale:
 * under {@code LC_ALL=C} every byte beyond ASCII becomes the same replacement character. Here they are always UTF-8.
 */
public final class FileNames {
  /** Whether Java's own decoding is the one wanted here. */
  private static final boolean DECODED = "UTF-8".equalsIgnoreCase(System.getProperty("sun.jnu.encoding"))
      || System.getProperty("os.name", "").startsWith("Windows");

  private FileNames() {}

  /**
   * A relative path as text, its names separated by slashes. {@link #resolve} finds the same file by it, under any
   * locale.
   *
   * @param path a relative path
   * @return the text; empty if a name is not valid UTF-8
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

  /** Java replaces what it cannot decode, after which the text is another name. */
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
   * A path's last name in ASCII, for messages.
   *
   * @param path any path
   * @return the name, with bytes beyond ASCII as {@code %E4}
   */
  public static String escaped(Path path) {
    String uri = path.toUri().getRawPath();
    String name = uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri; // as that of a folder does
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
   * The path that a text of {@link #of} stands for. Other texts are taken as {@link Path#resolve(String)} takes them
   * where the locale can say them.
   *
   * @param folder where a relative path begins
   * @param text a path with slashes
   * @return the path, not normalised
   * @throws InvalidPathException if the text is no path
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
