package io.gill.examples.evaluate;

import io.gill.GillException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The folder of a benchmark's files. Names in a benchmark's files are untrusted: they cannot leave the folder. */
record DataFolder(Path root) {
  private static final List<String> ENDINGS = List.of("", ".jpg", ".png", ".jpeg", ".gif", ".webp", ".bmp");

  /** Returns a file, the first that exists of several possible names. */
  Path file(String... names) {
    return optionalFile(names).orElseThrow(() -> new GillException(
        root + " has no " + String.join(" or ", Arrays.asList(names)) + ": put the benchmark's file there"));
  }

  Optional<Path> optionalFile(String... names) {
    return Stream.of(names).map(root::resolve).filter(Files::isRegularFile).findFirst();
  }

  /**
   * Returns the files of a split, here or in folders.
   *
   * @param split the name of each file until a "-" or a "."
   * @param ending how the name of each file ends
   * @return the files, sorted by path
   * @throws GillException if there is none
   */
  List<Path> files(String split, String ending) {
    try (Stream<Path> paths = Files.walk(root, 2)) {
      List<Path> files = paths.filter(path -> {
        String name = String.valueOf(path.getFileName());
        return name.endsWith(ending) && (name.startsWith(split + "-") || name.startsWith(split + "."))
            && Files.isRegularFile(path);
      }).sorted().toList();
      if (files.isEmpty()) {
        throw new GillException(root + " has no files " + split + "*" + ending + ": put the benchmark's files there");
      }
      return files;
    } catch (IOException | UncheckedIOException e) {
      throw new GillException(root + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Returns a picture.
   *
   * @param name its path, with or without the ending; another ending is accepted
   * @throws GillException if there is none, or the path leaves the folder
   */
  Path picture(String name) {
    return optionalPicture(name).orElseThrow(() -> new GillException("the picture " + name + " is not in " + root));
  }

  Optional<Path> optionalPicture(String name) {
    Path file;
    try {
      file = root.resolve(name).normalize();
    } catch (InvalidPathException e) {
      throw new GillException("a picture's path is invalid: " + e.getMessage(), e);
    }
    if (!file.startsWith(root.normalize()) || file.equals(root.normalize())) {
      throw new GillException("the picture " + name + " is outside " + root);
    }
    String given = String.valueOf(file.getFileName());
    int dot = given.lastIndexOf('.');
    boolean ends = dot > 0 && ENDINGS.contains(given.substring(dot));
    String stem = ends ? given.substring(0, dot) : given;
    return Stream.concat(Stream.of(given), ENDINGS.stream().map(ending -> stem + ending))
        .map(file::resolveSibling).filter(Files::isRegularFile).findFirst();
  }
}
