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

/** Embeddings that were made elsewhere, into an index and out of it. */
public final class Embeddings {
  /** Rows that are added together: so many, or of so many bytes. */
  private static final int GROUP = 4096;

  private static final long GROUP_BYTES = 1 << 24;

  private Embeddings() {}

  /**
   * Adds the rows of published embeddings files; an image's id is its row number over all files, its URI the path in the
   * file. The rows stay in the mapped files until they are added; what is added is not yet committed.
   *
   * @param files {@code cc3m*.npy}, in the order that numbers the rows
   * @param index where they go, without such ids
   * @throws GillException if a file cannot be read, or a row is zero, not finite or of another width than the index
   */
  public static void addPublished(List<Path> files, ImageIndex index) {
    int first = 0;
    for (Path path : files) {
      try (EmbeddingsFile file = EmbeddingsFile.open(path)) {
        first += add(path, file, first, index);
      }
    }
  }

  /** Adds the rows of an open file, numbered from there; returns how many. */
  static int add(Path path, EmbeddingsFile file, int first, ImageIndex index) {
    add(path, file.size(), index, i -> new IndexedImage(
        Integer.toString(first + i), file.paths().get(i), file.row(i)));
    return file.size();
  }

  /**
   * Adds the rows of a matrix that {@code numpy.save} wrote.
   *
   * @param matrix the {@code .npy} file
   * @param ids a text file in UTF-8 with as many lines: the image's id, and after a tab its URI, which is the id if there
   *     is no tab
   * @param index where they go, without such ids; not committed here
   * @throws GillException if a file cannot be read, they differ in length, or a row is zero, not finite or of another
   *     width than the index
   */
  public static void addNumpy(Path matrix, Path ids, ImageIndex index) {
    try (NumpyFile file = NumpyFile.open(matrix)) {
      long count = lineCount(ids);
      if (count != file.rows()) {
        throw new GillException(ids + " has " + count + " lines, " + matrix + " " + file.rows() + " rows");
      }
      try (BufferedReader lines = Files.newBufferedReader(ids)) {
        add(matrix, file.rows(), index, i -> {
          String line = nextLine(ids, lines);
          int tab = line.indexOf('\t');
          return new IndexedImage(tab < 0 ? line : line.substring(0, tab), line.substring(tab + 1), file.row(i));
        });
      }
    } catch (MalformedInputException e) {
      throw new GillException(ids + " is not UTF-8", e);
    } catch (IOException e) {
      throw new GillException(ids + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Reads the file once before anything is added; there may be more lines than fit in memory. */
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
      throw new GillException(file + " was changed while it was read");
    } catch (IOException e) {
      throw new GillException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Adds the rows of a Parquet file, or of all {@code *.parquet} files of a folder in the order of their names, as Spark
   * writes them. Needs {@code org.duckdb:duckdb_jdbc}, an optional dependency.
   *
   * @param path a file with the columns {@code id} and {@code embedding}, a list of numbers; the column {@code uri} may be
   *     missing, and is the id then; every other column of plain values is an attribute, which an image lacks where it is
   *     null
   * @param index where they go, without such ids; not committed here
   * @throws GillException if a file cannot be read, has other columns, or a row is incomplete, zero, not finite or of
   *     another width than the index
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
        throw new GillException(folder + " has no *.parquet files");
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
        Changes.units(List.of(next), index.dimension()); // here, where the row is known
        group.add(next);
        bytes += SegmentLayout.textLength(next) + 4L * next.embedding().length;
      } catch (IllegalArgumentException e) {
        throw new GillException(path + ": row " + i + " cannot be searched: " + e.getMessage(), e);
      }
      if (group.size() == GROUP || bytes >= GROUP_BYTES || i == rows - 1) {
        try {
          index.add(group);
        } catch (IllegalArgumentException e) {
          throw new GillException(path + ": up to row " + i + ", " + e.getMessage(), e);
        }
        group.clear();
        bytes = 0;
      }
    }
  }

  /**
   * Writes all embeddings as a matrix for {@code numpy.load}, and the images they belong to. The index must not be
   * changed meanwhile.
   *
   * @param index at least one image
   * @param matrix the {@code .npy} file, replaced if it exists: 32-bit floats, unit vectors
   * @param ids the text file as {@link #addNumpy} reads it, replaced if it exists
   * @throws IllegalArgumentException if the index is empty, has more than 2³¹ images, or an id or URI has a line break or
   *     a tab
   * @throws GillException if a file cannot be written; what was there before is then unchanged
   */
  public static void writeNumpy(ImageIndex index, Path matrix, Path ids) {
    if (index.size() < 1 || index.size() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("no matrix can have " + index.size() + " rows");
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
      throw new IllegalArgumentException("an image's id or URI has a line break or a tab: " + image.id());
    }
    return line + "\n";
  }
}
