package io.gill.diffusion.network;

import io.gill.torch.Tensor;
import java.util.IdentityHashMap;
import java.util.Objects;

/** Keys and values of a text in every attention to it. They do not depend on the timestep. */
final class TextKeys {
  private final IdentityHashMap<Attention, Attention.KeyValue> projected = new IdentityHashMap<>();

  /**
   * Computes them in the current scope.
   *
   * @param attentions all attentions to the text
   * @param text (N, L, D) in their precision
   */
  TextKeys(Iterable<Attention> attentions, Tensor text) {
    attentions.forEach(attention -> projected.put(attention, attention.project(text)));
  }

  Attention.KeyValue of(Attention attention) {
    return Objects.requireNonNull(projected.get(attention));
  }
}
