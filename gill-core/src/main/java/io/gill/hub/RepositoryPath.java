package io.gill.hub;

import io.gill.GillException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Checks names of files and revisions from a server before they become paths. A name that is unsafe on any system is
 * rejected on all of them.
 */
final class RepositoryPath {
  private static final int MAX_BYTES = 1024;
  private static final int MAX_SEGMENT_BYTES = 255;

  /** Characters and endings that Windows does not allow or changes, and its devices. */
  private static final Pattern UNSAFE = Pattern.compile("[\\p{Cntrl}\\\\:*?\"<>|]|[. ]$");
  private static final Pattern DEVICE =
      Pattern.compile("(CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])(\\..*)?", Pattern.CASE_INSENSITIVE);

  private RepositoryPath() {}

  /**
   * Returns a name that is safe below any folder.
   *
   * @param kind what is named, for messages
   * @param name names separated by slashes
   * @return the same name
   * @throws GillException if a path of this name could leave its folder, or cannot exist on some system
   */
  static String require(String kind, String name) {
    boolean safe = name.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES;
    for (String segment : name.split("/", -1)) {
      safe &= !segment.isEmpty() && segment.getBytes(StandardCharsets.UTF_8).length <= MAX_SEGMENT_BYTES
          && !UNSAFE.matcher(segment).find() && !DEVICE.matcher(segment).matches();
    }
    if (!safe) {
      String shown = name.length() > 200 ? name.substring(0, 200) + "…" : name;
      throw new GillException("'" + shown + "' is not a safe name of a " + kind + ": nothing is fetched");
    }
    return name;
  }
}
