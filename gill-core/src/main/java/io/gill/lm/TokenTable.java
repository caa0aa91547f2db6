package io.gill.lm;

import io.gill.torch.DenseMatrix;
import io.gill.torch.Matrix;
import io.gill.torch.Scope;
import io.gill.torch.Table;
import io.gill.torch.Tensor;
import java.util.Arrays;

/**
 * A table with one row per token, in two parts: the rows of the published file, which are not copied and often
 * memory-mapped, and GILL's own rows at the end. Immutable.
 *
 * @param published (P, D): ids from 0
 * @param output the published rows in the storage for {@link #logits}
 * @param added (A, D): ids from P, of any floating-point type; may be empty
 */
public record TokenTable(Table published, Matrix output, Tensor added) {
  /**
   * Joins both parts.
   *
   * @param published (P, D)
   * @param added (A, D)
   */
  public TokenTable(Table published, Tensor added) {
    this(published, published, added);
  }

  /** Resizes a file's table; see {@link DecoderNetwork#resized}. */
  TokenTable resized(int size, Tensor lastRows, Scope owner) {
    long before = size - lastRows.size(0);
    long kept = Math.min(published.rows(), before);
    return Scope.compute("resizing the embedding table", () -> {
      if (kept == before) {
        return new TokenTable(published.first(kept, owner), lastRows);
      }
      Tensor mean = published.mean().expand(before - kept, published.columns());
      if (published instanceof DenseMatrix file) { // so that trainable last rows remain the tensor they are
        return new TokenTable(new DenseMatrix(owner.keep(Tensor.cat(0, file.tensor(), mean))), lastRows);
      }
      return new TokenTable(published, owner.keep(Tensor.cat(0, mean, published.cast(lastRows))));
    });
  }

  /** Prepares the table for {@link #logits}. */
  TokenTable forLogits(Scope owner) {
    return new TokenTable(
        published, Scope.compute("packing the output layer", () -> published.forProducts(owner)), added);
  }

  /**
   * Returns the number of rows.
   *
   * @return P + A
   */
  public int size() {
    return Math.toIntExact(published.rows() + added.size(0));
  }

  /**
   * Returns the rows of tokens.
   *
   * @param ids tokens, each in the table
   * @return (n, D), of the published rows' type; a view if possible, must not be changed
   */
  public Tensor rows(int[] ids) {
    int split = Math.toIntExact(published.rows());
    int[] before = Arrays.stream(ids).filter(id -> id < split).toArray();
    if (before.length == ids.length) {
      return published.select(longs(ids));
    }
    int[] behind = Arrays.stream(ids).filter(id -> id >= split).map(id -> id - split).toArray();
    Tensor trained = published.cast(new DenseMatrix(added).select(longs(behind)));
    if (before.length == 0) {
      return trained;
    }
    long[] places = new long[ids.length]; // index of each token in the joined rows
    int first = 0;
    int second = before.length;
    for (int i = 0; i < ids.length; i++) {
      places[i] = ids[i] < split ? first++ : second++;
    }
    return new DenseMatrix(Tensor.cat(0, published.select(longs(before)), trained)).select(places);
  }

  private static long[] longs(int[] ids) {
    return Arrays.stream(ids).asLongStream().toArray();
  }

  /**
   * Applies the table as an output layer.
   *
   * @param hidden (n, D)
   * @return (n, P + A), of the published rows' type
   */
  public Tensor logits(Tensor hidden) {
    Tensor first = output.multiply(hidden, null); // (n, P)
    return added.size(0) == 0
        ? first
        : Tensor.cat(1, first, hidden.linear(published.cast(added), null)); // (n, P + A)
  }
}
