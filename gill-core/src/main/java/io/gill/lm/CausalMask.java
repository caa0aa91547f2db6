package io.gill.lm;

import io.gill.Precision;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import org.jspecify.annotations.Nullable;

/** Masks of causal attention. */
public final class CausalMask {
  private CausalMask() {}

  /**
   * Returns the mask for T new positions after a past. Without a past, attention's own causal mode suffices.
   *
   * @param t T, number of new positions
   * @param past number of positions before them
   * @param window number of positions that each one sees, including itself; {@link Integer#MAX_VALUE} for all
   * @param like a tensor with the type and device of the mask
   * @return (T, S) to add to the logits, S = past + T; null if there is only one new position or no past, and the
   *     window covers all positions
   */
  public static @Nullable Tensor of(int t, int past, int window, Tensor like) {
    int s = Math.addExact(past, t);
    if ((t == 1 || past == 0) && s <= window) {
      return null;
    }
    return Scope.tidy(() -> {
      Tensor hidden = Tensor.zeros(Precision.FLOAT32, like.device(), t, s).add(Double.NEGATIVE_INFINITY); // (T, S)
      Tensor later = hidden.triu(past + 1L); // row i is position past + i
      Tensor mask = s <= window ? later : later.add(hidden.tril(past - (long) window));
      return mask.to(like);
    });
  }
}
