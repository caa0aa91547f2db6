package io.gill.retrieval;

import io.gill.GillException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where an index may be made. */
final class EmptyFolder {
  private EmptyFolder() {}

  /** Makes the folder if it is not there. */
  static void require(Path path) throws IOException {
    Files.createDirectories(path);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
      if (files.iterator().hasNext()) {
        throw new GillException(path + " is not empty: open the index that is there, or use another folder");
      }
    }
  }
}
