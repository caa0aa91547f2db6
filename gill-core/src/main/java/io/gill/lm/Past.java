package io.gill.lm;

import io.gill.torch.ScaledDotProduct;
import io.gill.torch.Tensor;

/**
 * The positions before the new ones. Axes: B sequences, H query heads, K key/value heads, T new positions, S all
 * positions, E the width of one head.
 */
public interface Past {
  /** An empty past, for any number of sequences. */
  Past NONE = new Past() {
    @Override
    public int[] lengths() {
      return new int[] {0};
    }

    @Override
    public Tensor attend(int layer, Tensor queries, Tensor keys, Tensor values, CausalMask mask, double scale) {
      return Past.attention(queries, keys, values, mask, scale);
    }
  };

  /**
   * Returns the numbers of positions before the new ones; the same in every layer.
   *
   * @return S − T of every sequence, or one number for all
   */
  int[] lengths();

  /**
   * Appends the keys and values of the new positions and computes causal attention.
   *
   * @param layer index from 0
   * @param queries (B, H, T, E)
   * @param keys (B, K, T, E) of the new positions
   * @param values (B, K, T, E) of the new positions
   * @param mask the mask made for this past
   * @param scale factor of the logits
   * @return (B, H, T, E)
   */
  Tensor attend(int layer, Tensor queries, Tensor keys, Tensor values, CausalMask mask, double scale);

  /**
   * Computes causal attention.
   *
   * @param queries (B, H, T, E) of the last T positions
   * @param keys (B, K, S, E) of all positions
   * @param values (B, K, S, E) of all positions
   * @param mask the mask of these positions
   * @param scale factor of the logits
   * @return (B, H, T, E)
   */
  static Tensor attention(Tensor queries, Tensor keys, Tensor values, CausalMask mask, double scale) {
    long s = keys.size(2);
    if (queries.size(2) > 1) {
      return ScaledDotProduct.attention(queries, keys, values, mask.tensor(), mask.tensor() == null, scale);
    }
    long seen = Math.min(s, mask.window());
    return ScaledDotProduct.attention(
        queries, keys.narrow(2, s - seen, seen), values.narrow(2, s - seen, seen), null, false, scale);
  }
}
