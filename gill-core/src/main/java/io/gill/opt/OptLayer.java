package io.gill.opt;

import io.gill.lm.CausalMask;
import io.gill.lm.Past;
import io.gill.torch.LayerNorm;
import io.gill.torch.Linear;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.List;

/**
 * A decoder layer: causal self-attention, then a feed-forward network, each with a residual connection and a norm
 * before it (pre-norm) or after it (post-norm). Axes: B sequences, T new positions, C channels, H
 * heads of E = C / H.
 */
record OptLayer(
    OptConfig config,
    int index,
    LayerNorm attentionNorm,
    Linear query,
    Linear key,
    Linear value,
    Linear out,
    LayerNorm finalNorm,
    Linear fc1,
    Linear fc2) {

  static OptLayer of(Weights w, OptConfig config, int index, Norms norms) {
    int c = config.hiddenSize();
    return new OptLayer(
        config,
        index,
        norms.of(w.at("self_attn_layer_norm")),
        linear(w.at("self_attn.q_proj"), config, c, c),
        linear(w.at("self_attn.k_proj"), config, c, c),
        linear(w.at("self_attn.v_proj"), config, c, c),
        linear(w.at("self_attn.out_proj"), config, c, c),
        norms.of(w.at("final_layer_norm")),
        linear(w.at("fc1"), config, c, config.ffnDim()),
        linear(w.at("fc2"), config, config.ffnDim(), c));
  }

  private static Linear linear(Weights w, OptConfig config, int in, int out) {
    return config.enableBias() ? Linear.of(w, in, out) : Linear.withoutBias(w, in, out);
  }

  /** Takes a norm of the model, which may have no weights. */
  @FunctionalInterface
  interface Norms {
    LayerNorm of(Weights w);
  }

  /**
   * Applies the layer to new positions.
   *
   * @param x (T, C) or (B, T, C)
   * @param past the earlier positions
   * @param mask the positions that each new one sees
   * @return the shape of x
   */
  Tensor apply(Tensor x, Past past, CausalMask mask) {
    boolean pre = config.doLayerNormBefore();
    return Scope.tidy(() -> {
      Tensor h = attention(pre ? attentionNorm.apply(x) : x, past, mask).addInPlace(x); // (…, T, C)
      if (!pre) {
        h = attentionNorm.apply(h);
      }
      Tensor inner = config.activationFunction().apply(fc1.apply(pre ? finalNorm.apply(h) : h)); // (…, T, ffn_dim)
      h.addInPlace(fc2.apply(inner)); // (…, T, C)
      return pre ? h : finalNorm.apply(h);
    });
  }

  private Tensor attention(Tensor x, Past past, CausalMask mask) {
    long t = x.size(-2);
    List<Tensor> projected = Linear.applyAll(x, query, key, value); // (…, T, C)
    Tensor q = heads(projected.get(0), t); // (B, H, T, E)
    Tensor k = heads(projected.get(1), t); // (B, H, T, E)
    Tensor v = heads(projected.get(2), t); // (B, H, T, E)
    Tensor mixed = past.attend(index, q, k, v, mask, 1 / Math.sqrt(config.headSize())); // (B, H, T, E)
    return out.apply(mixed.transpose(1, 2).reshape(x.shape())); // (…, T, C)
  }

  private Tensor heads(Tensor x, long t) {
    Tensor split = x.reshape(-1, t, config.numAttentionHeads(), config.headSize()); // (B, T, H, E)
    return split.transpose(1, 2); // (B, H, T, E)
  }
}
