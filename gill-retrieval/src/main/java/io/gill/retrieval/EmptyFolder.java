package io.gill.retrieval;

import io.gill.GillException;
import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** Checks that an index may be created in a folder. */
final class EmptyFolder {
  private static final Set<String> LEFT = Set.of(ExactFolder.LOCK, "write.lock", "pending_segments_1");

  private EmptyFolder() {}

  /** Whether a process that was killed before the first commit of an index, of either kind, can have left the file. */
  private static boolean isLeft(Path file) {
    return LEFT.contains(file.getFileName().toString()) || AtomicFile.isDraft(file, ExactFolder.MANIFEST);
  }

  /** Creates the folder if it is missing; rejects a folder with content. */
  static void require(Path path) throws IOException {
    Files.createDirectories(path);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
      for (Path file : files) {
        if (!isLeft(file)) {
          throw new GillException(path + " is not empty: open the index in it, or use another folder");
        }
      }
    }
  }
}
