package io.gill.lm;

import io.gill.torch.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Masks of causal attention. */
public final class CausalMask {
  private CausalMask() {}

  /**
   * The mask for T new positions behind a past, without which the attention's own causal mode is right.
   *
   * @param t T, number of new positions
   * @param past number of positions before them
   * @param window number of positions that each one sees, itself included; {@link Integer#MAX_VALUE} for all
   * @param like has the mask's type and device
   * @return (T, S) to be added to the logits, S = past + T; null if there is only one new position or no past, and the
   *     window holds all
   */
  public static @Nullable Tensor of(int t, int past, int window, Tensor like) {
    int s = Math.addExact(past, t);
    if ((t == 1 || past == 0) && s <= window) {
      return null;
    }
    float[] mask = new float[Math.multiplyExact(t, s)];
    for (int i = 0; i < t; i++) {
      int row = i * s;
      int last = past + i; // the position itself
      Arrays.fill(mask, row, row + Math.max(0, last + 1 - window), Float.NEGATIVE_INFINITY);
      Arrays.fill(mask, row + last + 1, row + s, Float.NEGATIVE_INFINITY);
    }
    return Tensor.of(mask, t, s).to(like);
  }
}
