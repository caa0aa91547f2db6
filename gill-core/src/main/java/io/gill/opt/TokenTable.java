package io.gill.opt;

import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table with one row a token, in two parts: the rows of the published file, which stay where they are, often
 * memory-mapped, and the rows added to it. Immutable.
 *
 * @param published (P, D): ids from 0
 * @param added (A, D): ids from P; may be empty
 */
record TokenTable(Tensor published, Tensor added) {
  /**
   * Resizes a published table.
   *
   * @param file (rows, D), kept by the owner
   * @param size how many rows the new table has
   * @param lastRows its last rows, each D wide; rows that neither they nor the file supply become the mean of the file's
   * @param owner keeps the new rows
   */
  static TokenTable resized(Tensor file, int size, float[][] lastRows, Scope owner) {
    int published = (int) Math.min(file.size(0), size - lastRows.length);
    return Scope.compute("resizing the embedding table", () -> {
      List<Tensor> added = new ArrayList<>();
      int gap = size - lastRows.length - published;
      if (gap > 0) {
        added.add(file.mean(0).expand(gap, file.size(1)));
      }
      if (lastRows.length > 0) {
        added.add(Tensor.ofRows(lastRows).to(file));
      }
      if (added.isEmpty()) {
        added.add(file.narrow(0, 0, 0));
      }
      return new TokenTable(owner.keep(file.narrow(0, 0, published)), owner.keep(Tensor.cat(0, added)));
    });
  }

  int size() {
    return Math.toIntExact(published.size(0) + added.size(0));
  }

  /** The rows of some tokens: (n, D). A view where it can be one, which must not be changed. */
  Tensor rows(int[] ids) {
    int split = Math.toIntExact(published.size(0));
    List<Tensor> runs = new ArrayList<>();
    int start = 0;
    for (int i = 1; i <= ids.length; i++) {
      if (i == ids.length || (ids[i] < split) != (ids[start] < split)) {
        boolean isPublished = ids[start] < split;
        runs.add(rows(isPublished ? published : added, isPublished ? 0 : split, Arrays.copyOfRange(ids, start, i)));
        start = i;
      }
    }
    return runs.size() == 1 ? runs.get(0) : Tensor.cat(0, runs);
  }

  private static Tensor rows(Tensor part, int firstId, int[] ids) {
    if (ids.length == 1) {
      return part.narrow(0, ids[0] - firstId, 1);
    }
    long[] indices = new long[ids.length];
    Arrays.setAll(indices, i -> ids[i] - firstId);
    return part.rows(Tensor.of(indices, indices.length).toDeviceOf(part));
  }

  /** The table as an output layer: (n, D) → (n, size). */
  Tensor logits(Tensor hidden) {
    Tensor first = hidden.linear(published, null); // (n, P)
    return added.size(0) == 0 ? first : Tensor.cat(1, first, hidden.linear(added, null)); // (n, P + A)
  }
}
