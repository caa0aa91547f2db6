package io.gill.retrieval;

import io.gill.GillException;
import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** Where an index may be made. */
final class EmptyFolder {
  private static final Set<String> LEFT = Set.of(ExactIndex.LOCK, "write.lock", "pending_segments_1");

  private EmptyFolder() {}

  /** What a killed process leaves of an index, of either kind, before its first commit. */
  private static boolean isLeft(Path file) {
    return LEFT.contains(file.getFileName().toString()) || AtomicFile.isDraft(file, ExactIndex.MANIFEST);
  }

  /** Makes the folder if it is not there. */
  static void require(Path path) throws IOException {
    Files.createDirectories(path);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
      for (Path file : files) {
        if (!isLeft(file)) {
          throw new GillException(path + " is not empty: open the index that is there, or use another folder");
        }
      }
    }
  }
}
