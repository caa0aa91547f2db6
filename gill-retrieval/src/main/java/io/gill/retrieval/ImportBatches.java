package io.gill.retrieval;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Adds the rows of a file to an index in batches. */
final class ImportBatches {
  /** Maximum number of rows per batch. */
  private static final int ROWS = 4096;

  /** Bytes of rows at which a batch is added. */
  private static final long BYTES = 1 << 24;

  private ImportBatches() {}

  /**
   * Adds rows in order.
   *
   * @param path of the file, for errors
   * @param rows number of rows
   * @param image reads a row
   * @throws GillException if a row cannot be added; the message names it
   */
  static void add(Path path, int rows, ImageIndex index, IntFunction<IndexedImage> image) {
    List<IndexedImage> batch = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < rows; i++) {
      try {
        IndexedImage next = image.apply(i);
        Changes.units(List.of(next), index.dimension()); // to name the row in the error
        batch.add(next);
        bytes += SegmentLayout.textLength(next) + 4L * next.embedding().length;
      } catch (IllegalArgumentException e) {
        throw new GillException(path + ": row " + i + " cannot be added: " + e.getMessage(), e);
      }
      if (batch.size() == ROWS || bytes >= BYTES || i == rows - 1) {
        try {
          index.add(batch);
        } catch (IllegalArgumentException e) {
          throw new GillException(
              path + ": rows " + (i + 1 - batch.size()) + " to " + i + " cannot be added: " + e.getMessage(), e);
        }
        batch.clear();
        bytes = 0;
      }
    }
  }
}
