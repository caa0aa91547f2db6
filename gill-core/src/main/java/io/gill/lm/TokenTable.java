package io.gill.lm;

import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.Arrays;

/**
 * A table with one row per token, in two parts: the rows of the published file, which are not copied and often
 * memory-mapped, and GILL's own rows at the end. Immutable.
 *
 * @param published (P, D): ids from 0
 * @param added (A, D): ids from P, of any floating-point type; may be empty
 */
public record TokenTable(Tensor published, Tensor added) {
  /** Resizes a file's table; see {@link DecoderNetwork#resized}. */
  TokenTable resized(int size, Tensor lastRows, Scope owner) {
    Tensor file = published; // (rows, D)
    long before = size - lastRows.size(0);
    long kept = Math.min(file.size(0), before);
    return Scope.compute("resizing the embedding table", () -> {
      Tensor rows = kept == before
          ? file.narrow(0, 0, kept)
          : Tensor.cat(0, file, file.mean(0).expand(before - kept, file.size(1)));
      return new TokenTable(owner.keep(rows), lastRows);
    });
  }

  /**
   * Returns the number of rows.
   *
   * @return P + A
   */
  public int size() {
    return Math.toIntExact(published.size(0) + added.size(0));
  }

  /**
   * Returns the rows of tokens.
   *
   * @param ids tokens, each in the table
   * @return (n, D), of the published rows' type; a view if possible, must not be changed
   */
  public Tensor rows(int[] ids) {
    int split = Math.toIntExact(published.size(0));
    int[] before = Arrays.stream(ids).filter(id -> id < split).toArray();
    if (before.length == ids.length) {
      return rows(published, ids);
    }
    int[] behind = Arrays.stream(ids).filter(id -> id >= split).map(id -> id - split).toArray();
    Tensor trained = rows(added, behind).to(published);
    if (before.length == 0) {
      return trained;
    }
    long[] places = new long[ids.length]; // index of each token in the joined rows
    int first = 0;
    int second = before.length;
    for (int i = 0; i < ids.length; i++) {
      places[i] = ids[i] < split ? first++ : second++;
    }
    return select(Tensor.cat(0, rows(published, before), trained), places);
  }

  private static Tensor rows(Tensor part, int[] ids) {
    return ids.length == 1
        ? part.narrow(0, ids[0], 1)
        : select(part, Arrays.stream(ids).asLongStream().toArray());
  }

  private static Tensor select(Tensor rows, long[] indices) {
    return rows.indexSelect(Tensor.of(indices, indices.length).toDeviceOf(rows));
  }

  /**
   * Applies the table as an output layer.
   *
   * @param hidden (n, D)
   * @return (n, P + A), of the published rows' type
   */
  public Tensor logits(Tensor hidden) {
    Tensor first = hidden.linear(published, null); // (n, P)
    return added.size(0) == 0
        ? first
        : Tensor.cat(1, first, hidden.linear(added.to(published), null)); // (n, P + A)
  }
}
