package io.gill.examples.parity;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A temporary copy of a folder, whose files a case may change.
 *
 * @param dir the copy, deleted on close
 */
record FolderCopy(Path dir) implements AutoCloseable {
  static FolderCopy of(Path from) throws IOException {
    FolderCopy copy = new FolderCopy(Files.createTempDirectory("gill-parity"));
    Files.walkFileTree(from, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) throws IOException {
        Files.createDirectories(copy.dir.resolve(from.relativize(visited).toString()));
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        Files.copy(file, copy.dir.resolve(from.relativize(file).toString()));
        return FileVisitResult.CONTINUE;
      }
    });
    return copy;
  }

  @Override
  public void close() throws IOException {
    MoreFiles.deleteRecursively(dir, RecursiveDeleteOption.ALLOW_INSECURE);
  }
}
