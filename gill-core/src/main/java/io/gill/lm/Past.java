package io.gill.lm;

import io.gill.torch.Tensor;

/**
 * Keys and values of the positions before the new ones. Axes: B sequences, K key/value heads, T new positions, S all
 * positions, E the width of one head.
 */
public interface Past {
  /** An empty past, for any number of sequences. */
  Past NONE = new Past() {
    @Override
    public int length() {
      return 0;
    }

    @Override
    public Tensor appendKeys(int layer, Tensor added) {
      return added;
    }

    @Override
    public Tensor appendValues(int layer, Tensor added) {
      return added;
    }
  };

  /**
   * Returns the number of positions before the new ones.
   *
   * @return S − T; the same in every layer
   */
  int length();

  /**
   * Appends the keys of the new positions.
   *
   * @param layer index from 0
   * @param added (B, K, T, E)
   * @return (B, K, S, E): the keys of all positions
   */
  Tensor appendKeys(int layer, Tensor added);

  /**
   * Appends the values of the new positions.
   *
   * @param layer index from 0
   * @param added (B, K, T, E)
   * @return (B, K, S, E): the values of all positions
   */
  Tensor appendValues(int layer, Tensor added);
}
