package io.gill.weights;

import io.gill.GillException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Rejects folders, pipes and devices, on which a reader could block or never reach the end. */
public final class RegularFile {
  private RegularFile() {}

  /**
   * Rejects an existing path that is not a regular file. A missing file is accepted, and opening it reports the error.
   *
   * @param path path of a file to read
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
