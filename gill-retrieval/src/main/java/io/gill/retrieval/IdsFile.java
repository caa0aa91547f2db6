package io.gill.retrieval;

import io.gill.GillException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The text file beside a matrix: one line per row with an image's id and, after a tab, its URI. Not thread-safe.
 */
final class IdsFile implements AutoCloseable {
  private static final int MAX_LINE = IndexedImage.MAX_ID + 1 + IndexedImage.MAX_TEXT;

  private final Path path;
  private final BufferedReader lines;

  /** Number of lines read. */
  private long read;

  private IdsFile(Path path, BufferedReader lines) {
    this.path = path;
    this.lines = lines;
  }

  /** Opens a file at its first line. */
  static IdsFile open(Path path) {
    try {
      return new IdsFile(path, Files.newBufferedReader(path));
    } catch (IOException e) {
      throw failure(path, e);
    }
  }

  /** Counts the lines without keeping them: they may not fit in memory. */
  static long count(Path path) {
    try (IdsFile file = open(path)) {
      while (file.line() != null) {
        // Lines are counted where they are read.
      }
      return file.read;
    } catch (IOException e) {
      throw failure(path, e);
    }
  }

  /** Reads a line of limited length; null at the end. */
  private @Nullable String line() throws IOException {
    int next = lines.read();
    if (next < 0) {
      return null;
    }
    StringBuilder line = new StringBuilder();
    for (; next >= 0 && next != '\n' && next != '\r'; next = lines.read()) {
      if (line.length() == MAX_LINE) {
        throw new GillException(path + ", line " + (read + 1) + " has more than " + MAX_LINE
            + " characters: give an id and, after a tab, a URI");
      }
      line.append((char) next);
    }
    if (next == '\r') {
      lines.mark(1);
      if (lines.read() != '\n') {
        lines.reset();
      }
    }
    read++;
    return line.toString();
  }

  /** Reads the next image; without a tab in its line, the id is also the URI. */
  IndexedImage next(float[] embedding) {
    try {
      @Nullable String line = line();
      if (line == null) {
        throw new GillException(path + " was changed while it was being read: import it again");
      }
      int tab = line.indexOf('\t');
      return new IndexedImage(tab < 0 ? line : line.substring(0, tab), line.substring(tab + 1), embedding);
    } catch (IOException e) {
      throw failure(path, e);
    }
  }

  /** The line of an image, with its end. */
  static String line(IndexedImage image) {
    String line = image.id() + "\t" + image.uri();
    if (line.indexOf('\n') >= 0 || line.indexOf('\r') >= 0 || line.indexOf('\t') != line.lastIndexOf('\t')) {
      throw new IllegalArgumentException(
          "the id or URI of image '" + image.id() + "' contains a line break or a tab, which a text file cannot hold");
    }
    return line + "\n";
  }

  private static GillException failure(Path path, IOException e) {
    return new GillException(e instanceof MalformedInputException
        ? path + " is not valid UTF-8: convert it to UTF-8" : path + " cannot be read: " + e.getMessage(), e);
  }

  @Override
  public void close() {
    try {
      lines.close();
    } catch (IOException e) {
      throw failure(path, e);
    }
  }
}
