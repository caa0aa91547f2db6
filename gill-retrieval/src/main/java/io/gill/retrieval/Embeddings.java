package io.gill.retrieval;

import io.gill.GillException;
import io.gill.weights.AtomicFile;
import io.gill.weights.EmbeddingsFile;
import io.gill.weights.NumpyFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Imports embeddings from files into an index and exports them. */
public final class Embeddings {
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
    ImportBatches.add(path, file.size(), index, i -> new IndexedImage(
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
      long count = IdsFile.count(ids);
      if (count != file.rows()) {
        throw new GillException(
            ids + " has " + count + " lines, but " + matrix + " has " + file.rows() + " rows: give one line per row");
      }
      try (IdsFile images = IdsFile.open(ids)) {
        ImportBatches.add(matrix, file.rows(), index, i -> images.next(file.row(i)));
      }
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
    for (Path one : ParquetFile.paths(path)) {
      try (ParquetFile file = ParquetFile.open(one)) {
        ImportBatches.add(one, file.rows(), index, i -> file.next());
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
   * @throws GillException if a file cannot be written; the previous files are then unchanged. Only a kill between the
   *     renames of both can leave the new matrix beside the previous ids
   */
  public static void writeNumpy(ImageIndex index, Path matrix, Path ids) {
    if (index.size() < 1 || index.size() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "the index has " + index.size() + " images; a matrix can hold 1 to " + Integer.MAX_VALUE);
    }
    AtomicFile.write(ids, out -> NumpyFile.writeMatrix(matrix, (int) index.size(), index.dimension(), rows -> {
      try {
        index.forEach(image -> {
          write(IdsFile.line(image), out);
          rows.accept(image.embedding());
        });
        if (out instanceof FileChannel file) {
          file.force(true); // before the matrix is replaced: a full disk must not leave it beside the old ids
        }
      } catch (IOException | UncheckedIOException e) {
        throw new GillException(ids + " could not be written: " + e.getMessage(), e);
      }
    }));
  }

  private static void write(String line, WritableByteChannel out) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
