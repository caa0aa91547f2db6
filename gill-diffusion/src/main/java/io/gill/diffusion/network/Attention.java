package io.gill.diffusion.network;

import io.gill.torch.Linear;
import io.gill.torch.ScaledDotProduct;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;

/**
 * Multi-head attention of (N, S, C) to (N, L, D); for self-attention the two are the same. E = C / heads.
 */
record Attention(Linear query, Linear key, Linear value, Linear out, int heads) {
  static Attention of(Weights w, long channels, long contextWidth, int heads) {
    return new Attention(
        Linear.withoutBias(w.at("to_q"), channels, channels),
        Linear.withoutBias(w.at("to_k"), contextWidth, channels),
        Linear.withoutBias(w.at("to_v"), contextWidth, channels),
        Linear.of(w.at("to_out.0"), channels, channels),
        heads);
  }

  /**
   * Projections of what is attended to.
   *
   * @param key (N, heads, L, E)
   * @param value (N, heads, L, E)
   */
  record KeyValue(Tensor key, Tensor value) {}

  /** Projects (N, L, D). */
  KeyValue project(Tensor context) {
    return new KeyValue(split(key.apply(context)), split(value.apply(context)));
  }

  /** Attends from (N, S, C) to itself. */
  Tensor apply(Tensor x) {
    return Scope.tidy(() -> out.apply(Scope.tidy(() -> mix(x, project(x))))); // (N, S, C)
  }

  /** Attends from (N, S, C) to another sequence. */
  Tensor apply(Tensor x, KeyValue context) {
    return Scope.tidy(() -> out.apply(Scope.tidy(() -> mix(x, context)))); // (N, S, C)
  }

  private Tensor mix(Tensor x, KeyValue context) {
    Tensor q = split(query.apply(x)); // (N, S, C) → (N, heads, S, E)
    double scale = 1 / Math.sqrt((double) q.size(-1));
    Tensor y = ScaledDotProduct.attention(q, context.key, context.value, null, false, scale); // (N, heads, S, E)
    return y.transpose(1, 2).reshape(x.shape()); // (N, S, C)
  }

  private Tensor split(Tensor x) {
    return x.reshape(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
  }
}
