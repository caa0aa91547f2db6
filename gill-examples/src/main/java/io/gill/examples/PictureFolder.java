package io.gill.examples;

import io.gill.GillException;
import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Locale;

/** A folder of numbered PNG files. Existing files are never overwritten. */
final class PictureFolder {
  private final Path folder;
  private int last;

  PictureFolder(Path folder) {
    this.folder = folder;
  }

  Path save(Picture picture) {
    byte[] png = picture.toPng();
    try {
      Files.createDirectories(folder);
      Path file;
      do {
        last++;
        file = folder.resolve(String.format(Locale.ROOT, "%04d.png", last));
      } while (!saved(file, png));
      return file;
    } catch (IOException e) {
      throw new GillException("cannot save a picture in " + folder + ": " + e, e);
    }
  }

  /** Writes a picture unless the file exists or another process is writing it. Returns whether it was written. */
  private static boolean saved(Path file, byte[] png) throws IOException {
    Path turn = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.createFile(turn);
    } catch (FileAlreadyExistsException e) {
      return false;
    }
    try {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
      AtomicFile.write(file, ByteBuffer.wrap(png));
      return true;
    } finally {
      Files.deleteIfExists(turn);
    }
  }
}
