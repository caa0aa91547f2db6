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

  Tensor apply(Tensor x, Tensor context) {
    return Scope.tidy(() -> {
      Tensor mixed = Scope.tidy(() -> {
        Tensor q = split(query.apply(x)); // (N, S, C) → (N, heads, S, E)
        Tensor k = split(key.apply(context)); // (N, L, D) → (N, heads, L, E)
        Tensor v = split(value.apply(context)); // (N, L, D) → (N, heads, L, E)
        double scale = 1 / Math.sqrt((double) q.size(-1));
        Tensor y = ScaledDotProduct.attention(q, k, v, null, false, scale); // (N, heads, S, E)
        return y.transpose(1, 2).reshape(x.shape()); // (N, S, C)
      });
      return out.apply(mixed); // (N, S, C)
    });
  }

  private Tensor split(Tensor x) {
    return x.reshape(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
  }
}
