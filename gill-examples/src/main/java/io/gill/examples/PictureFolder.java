package io.gill.examples;

import io.gill.GillException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
      while (true) {
        last++;
        Path file = folder.resolve(String.format(Locale.ROOT, "%04d.png", last));
        try {
          return Files.write(file, png, StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException e) {
          // from an earlier run: take the next number
        }
      }
    } catch (IOException e) {
      throw new GillException("cannot save a picture in " + folder + ": " + e, e);
    }
  }
}
