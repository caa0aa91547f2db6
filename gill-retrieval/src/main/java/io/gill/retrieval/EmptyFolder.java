package io.gill.retrieval;

import io.gill.GillException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Where an index may be made. */
final class EmptyFolder {
  /** What a killed process leaves of an index, of either kind, before its first commit. */
  private static final Pattern LEFT =
      Pattern.compile("exact\\.lock|exact\\.gill\\..*\\.part|write\\.lock|pending_segments_1");

  private EmptyFolder() {}

  /** Makes the folder if it is not there. */
  static void require(Path path) throws IOException {
    Files.createDirectories(path);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
      for (Path file : files) {
        if (!LEFT.matcher(file.getFileName().toString()).matches()) {
          throw new GillException(path + " is not empty: open the index that is there, or use another folder");
        }
      }
    }
  }
}
