package io.gill.retrieval;

import io.gill.GillException;
import io.gill.weights.AtomicFile;
import io.gill.weights.EmbeddingsFile;
import io.gill.weights.NumpyFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Imports embeddings from files into an index and exports them. */
public final class Embeddings {
  /** Maximum number of rows per batch. */
  private static final int GROUP = 4096;

  /** Bytes of rows at which a batch is added. */
  private static final long GROUP_BYTES = 1 << 24;

  private Embeddings() {}

  /**
   * Adds the rows of published embeddings files. An image's id is its row number, counted over all files; its URI is
   * its path in the file. Rows stay in the memory-mapped files until they are added. The additions are not committed.
   *
   * @param files {@code cc3m*.npy}; their order determines the row numbers
   * @param index receives the images; must not contain their ids
   * @throws GillException if a file cannot be read, or a row is zero, not finite or not as wide as the index
   */
  public static void addPublished(List<Path> files, ImageIndex index) {
    int first = 0;
    for (Path path : files) {
      try (EmbeddingsFile file = EmbeddingsFile.open(path)) {
        first += add(path, file, first, index);
      }
    }
  }

  /** Adds the rows of an open file, numbered from {@code first}; returns the number of rows. */
  static int add(Path path, EmbeddingsFile file, int first, ImageIndex index) {
    add(path, file.size(), index, i -> new IndexedImage(
        Integer.toString(first + i), file.paths().get(i), file.row(i)));
    return file.size();
  }

  /**
   * Adds the rows of a matrix written by {@code numpy.save}. The additions are not committed.
   *
   * @param matrix the {@code .npy} file
   * @param ids a text file in UTF-8 with one line per row: an image's id and, after a tab, its URI. Without a tab, the
   *     id is also the URI.
   * @param index receives the images; must not contain their ids
   * @throws GillException if a file cannot be read, the files differ in length, or a row is zero, not finite or not as
   *     wide as the index
   */
  public static void addNumpy(Path matrix, Path ids, ImageIndex index) {
    try (NumpyFile file = NumpyFile.open(matrix)) {
      long count = lineCount(ids);
      if (count != file.rows()) {
        throw new GillException(
            ids + " has " + count + " lines, but " + matrix + " has " + file.rows() + " rows: give one line per row");
      }
      try (BufferedReader lines = Files.newBufferedReader(ids)) {
        add(matrix, file.rows(), index, i -> {
          String line = nextLine(ids, lines);
          int tab = line.indexOf('\t');
          return new IndexedImage(tab < 0 ? line : line.substring(0, tab), line.substring(tab + 1), file.row(i));
        });
      }
    } catch (MalformedInputException e) {
      throw new GillException(ids + " is not valid UTF-8: convert it to UTF-8", e);
    } catch (IOException e) {
      throw new GillException(ids + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Counts the lines without keeping them: they may not fit in memory. */
  private static long lineCount(Path file) throws IOException {
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      long count = 0;
      while (lines.readLine() != null) {
        count++;
      }
      return count;
    }
  }

  private static String nextLine(Path file, BufferedReader lines) {
    try {
      @Nullable String line = lines.readLine();
      if (line != null) {
        return line;
      }
      throw new GillException(file + " was changed while it was being read: import it again");
    } catch (IOException e) {
      throw new GillException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Adds the rows of a Parquet file, or of all {@code *.parquet} files in a folder, sorted by name, as Spark writes
   * them. The additions are not committed. Requires {@code org.duckdb:duckdb_jdbc}, an optional dependency.
   *
   * @param path a file with the columns {@code id} and {@code embedding}, a list of numbers, or a folder of such files.
   *     The column {@code uri} is optional and defaults to the id. Every other column of plain values becomes an
   *     attribute; an image has no attribute for a null value.
   * @param index receives the images; must not contain their ids
   * @throws GillException if a file cannot be read or lacks a required column, or a row is incomplete, zero, not finite
   *     or not as wide as the index
   */
  public static void addParquet(Path path, ImageIndex index) {
    for (Path one : Files.isDirectory(path) ? parquetFiles(path) : List.of(path)) {
      try (ParquetFile file = ParquetFile.open(one)) {
        add(one, file.rows(), index, i -> file.next());
      }
    }
  }

  private static List<Path> parquetFiles(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found = files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
      if (found.isEmpty()) {
        throw new GillException(folder + " contains no *.parquet files: give a folder that Spark wrote, or one file");
      }
      return found;
    } catch (IOException | UncheckedIOException e) {
      throw new GillException(folder + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static void add(Path path, int rows, ImageIndex index, IntFunction<IndexedImage> image) {
    List<IndexedImage> group = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < rows; i++) {
      try {
        IndexedImage next = image.apply(i);
        Changes.units(List.of(next), index.dimension()); // to name the row in the error
        group.add(next);
        bytes += SegmentLayout.textLength(next) + 4L * next.embedding().length;
      } catch (IllegalArgumentException e) {
        throw new GillException(path + ": row " + i + " cannot be added: " + e.getMessage(), e);
      }
      if (group.size() == GROUP || bytes >= GROUP_BYTES || i == rows - 1) {
        try {
          index.add(group);
        } catch (IllegalArgumentException e) {
          throw new GillException(
              path + ": rows " + (i + 1 - group.size()) + " to " + i + " cannot be added: " + e.getMessage(), e);
        }
        group.clear();
        bytes = 0;
      }
    }
  }

  /**
   * Writes all embeddings as a matrix for {@code numpy.load}, and their images' ids and URIs as a text file. The index
   * must not change meanwhile.
   *
   * @param index contains at least one image
   * @param matrix the {@code .npy} file, replaced if it exists: unit vectors of 32-bit floats
   * @param ids the text file in the format of {@link #addNumpy}, replaced if it exists
   * @throws IllegalArgumentException if the index is empty or has 2³¹ or more images, or an id or URI contains a line
   *     break or a tab
   * @throws GillException if a file cannot be written; the previous files are then unchanged
   */
  public static void writeNumpy(ImageIndex index, Path matrix, Path ids) {
    if (index.size() < 1 || index.size() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "the index has " + index.size() + " images; a matrix can hold 1 to " + Integer.MAX_VALUE);
    }
    AtomicFile.write(ids, out ->
        NumpyFile.writeMatrix(matrix, (int) index.size(), index.dimension(), rows -> index.forEach(image -> {
          try {
            ByteBuffer bytes = ByteBuffer.wrap(line(image).getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
              out.write(bytes);
            }
          } catch (IOException e) {
            throw new GillException(ids + " could not be written: " + e.getMessage(), e);
          }
          rows.accept(image.embedding());
        })));
  }

  private static String line(IndexedImage image) {
    String line = image.id() + "\t" + image.uri();
    if (line.indexOf('\n') >= 0 || line.indexOf('\r') >= 0 || line.indexOf('\t') != line.lastIndexOf('\t')) {
      throw new IllegalArgumentException(
          "the id or URI of image '" + image.id() + "' contains a line break or a tab, which a text file cannot hold");
    }
    return line + "\n";
  }
}
