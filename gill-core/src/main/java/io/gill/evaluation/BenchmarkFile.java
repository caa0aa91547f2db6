package io.gill.evaluation;

import io.gill.GillException;
import io.gill.weights.RegularFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Opens the files of a benchmark, with one error for what can go wrong with any of them. */
final class BenchmarkFile {
  private BenchmarkFile() {}

  /** Reads the content of a file. */
  @FunctionalInterface
  interface Body {
    void read(InputStream in) throws IOException;
  }

  /**
   * Opens a file and closes it afterwards.
   *
   * @param file the file
   * @param body reads it
   * @throws GillException if the file is missing, is no regular file, or cannot be read
   */
  static void read(Path file, Body body) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(RegularFile.require(file)))) {
      body.read(in);
    } catch (NoSuchFileException e) {
      throw new GillException(file + " does not exist", e);
    } catch (IOException e) {
      throw new GillException(file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
