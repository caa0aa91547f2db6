package io.gill.examples;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The file in which the terminal chat keeps the lines that were typed. Only its owner can read it. */
final class HistoryFile {
  private static final Set<PosixFilePermission> OWNER =
      Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private HistoryFile() {}

  /**
   * Returns the file in the user's folder of state.
   *
   * @param environment variables of the process
   * @param home the user's home folder
   */
  static Path of(Map<String, String> environment, Path home) {
    Path state = Path.of(environment.getOrDefault("XDG_STATE_HOME", ""));
    Path local = Path.of(environment.getOrDefault("LOCALAPPDATA", "")); // Windows
    Path folder = state.isAbsolute() ? state : local.isAbsolute() ? local : home.resolve(".local/state");
    return folder.resolve("gill").resolve("chat_history");
  }

  /** Creates a file unless it exists, for its owner only. Returns nothing where that is impossible. */
  static Optional<Path> open(Path file) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      if (!Files.exists(file)) {
        Files.createFile(file); // empty until it is restricted
      }
      if (!Files.isRegularFile(file)) {
        return Optional.empty();
      }
      if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
        Files.setPosixFilePermissions(file, OWNER);
      }
      return Files.isWritable(file) ? Optional.of(file) : Optional.empty();
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty(); // lines are then recalled until the chat ends
    }
  }
}
