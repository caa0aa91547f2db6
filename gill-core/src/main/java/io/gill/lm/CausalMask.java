package io.gill.lm;

import io.gill.Precision;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The positions that each new position sees.
 *
 * @param window number of positions that each one sees, including itself; {@link Integer#MAX_VALUE} for all
 * @param tensor (T, S) to add to the logits; null if there is only one new position, or if attention's own causal mode
 *     suffices
 */
public record CausalMask(int window, @Nullable Tensor tensor) {
  /**
   * Returns the mask of T new positions.
   *
   * @param t T, number of new positions of each sequence; 1 if their pasts differ
   * @param past the positions before them
   * @param window number of positions that each one sees, including itself; {@link Integer#MAX_VALUE} for all
   * @param like a tensor with the type and device of the mask
   * @return the mask
   */
  public static CausalMask of(int t, Past past, int window, Tensor like) {
    int before = past.lengths()[0];
    int s = Math.addExact(before, t);
    if (t == 1 || (before == 0 && s <= window)) {
      return new CausalMask(window, null);
    }
    return new CausalMask(window, Scope.tidy(() -> {
      Tensor hidden = Tensor.zeros(Precision.FLOAT32, like.device(), t, s).add(Double.NEGATIVE_INFINITY); // (T, S)
      Tensor later = hidden.triu(before + 1L); // row i is position before + i
      Tensor mask = s <= window ? later : later.add(hidden.tril(before - (long) window));
      return mask.to(like);
    }));
  }
}
