package io.gill.weights;

import io.gill.GillException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files as opposed to folders, pipes and devices, which a reader would wait for or never reach the end of. */
public final class RegularFile {
  private RegularFile() {}

  /**
   * Refuses what is there and no regular file; what is missing is left to whoever opens it.
   *
   * @param path to be read
   * @return the same path
   * @throws GillException if it is a folder, a pipe or a device
   */
  public static Path require(Path path) {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      String kind = Files.isDirectory(path) ? "folder" : "pipe or a device";
      throw new GillException(path + " cannot be read: it is a " + kind + ", not a file");
    }
    return path;
  }
}
