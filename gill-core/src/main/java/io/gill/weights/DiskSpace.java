package io.gill.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The space that a disk has for new files.
 *
 * @param folder an existing folder on the disk
 * @param free bytes that this process may use
 */
public record DiskSpace(Path folder, long free) {
  /**
   * Returns the free space of a disk where it does not suffice.
   *
   * @param folder the folder to write to; neither it nor its parents need exist
   * @param needed bytes to write
   * @return empty if there is enough space, or the file system does not know
   */
  public static Optional<DiskSpace> lackedBy(Path folder, long needed) {
    Path existing = folder.toAbsolutePath();
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (existing == null) {
      return Optional.empty();
    }
    try {
      long free = Files.getFileStore(existing).getUsableSpace();
      // some file systems do not know and report none
      return free > 0 && free < needed ? Optional.of(new DiskSpace(existing, free)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // writing reports it
    }
  }
}
