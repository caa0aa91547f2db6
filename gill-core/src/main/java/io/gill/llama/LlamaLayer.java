package io.gill.llama;

import io.gill.lm.CausalMask;
import io.gill.lm.Past;
import io.gill.torch.Linear;
import io.gill.torch.RmsNorm;
import io.gill.torch.Rotary.Rotation;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A decoder layer: causal self-attention, then a gated feed-forward network (SwiGLU), each with a norm before it and a
 * residual connection. Axes: B sequences, T new positions, C channels, H query heads and K key/value heads of E
 * channels, F the width of the feed-forward network.
 *
 * @param queryNorm norm over E, or null
 * @param keyNorm norm over E, or null
 */
record LlamaLayer(
    LlamaConfig config,
    int index,
    RmsNorm inputNorm,
    Linear query,
    Linear key,
    Linear value,
    Linear out,
    @Nullable RmsNorm queryNorm,
    @Nullable RmsNorm keyNorm,
    RmsNorm postAttentionNorm,
    Linear gate,
    Linear up,
    Linear down) {

  static LlamaLayer of(Weights w, LlamaConfig config, int index) {
    LlamaConfig.Variant variant = config.variant();
    Weights attention = w.at("self_attn");
    Weights mlp = w.at("mlp");
    double eps = config.rmsNormEps();
    int c = config.hiddenSize();
    int e = config.headDim();
    int queries = config.numAttentionHeads() * e;
    int keys = config.numKeyValueHeads() * e;
    int f = config.intermediateSize();
    return new LlamaLayer(
        config,
        index,
        RmsNorm.of(w.at("input_layernorm"), c, eps),
        linear(attention.at("q_proj"), c, queries, variant.queryKeyValueBias()),
        linear(attention.at("k_proj"), c, keys, variant.queryKeyValueBias()),
        linear(attention.at("v_proj"), c, keys, variant.queryKeyValueBias()),
        linear(attention.at("o_proj"), queries, c, variant.outputBias()),
        variant.headNorms() ? RmsNorm.of(attention.at("q_norm"), e, eps) : null,
        variant.headNorms() ? RmsNorm.of(attention.at("k_norm"), e, eps) : null,
        RmsNorm.of(w.at("post_attention_layernorm"), c, eps),
        linear(mlp.at("gate_proj"), c, f, variant.mlpBias()),
        linear(mlp.at("up_proj"), c, f, variant.mlpBias()),
        linear(mlp.at("down_proj"), f, c, variant.mlpBias()));
  }

  private static Linear linear(Weights w, int in, int out, boolean bias) {
    return bias ? Linear.of(w, in, out) : Linear.withoutBias(w, in, out);
  }

  /** Returns the number of positions that a position sees, including itself. */
  int window() {
    return config.variant().windows().get(index);
  }

  /**
   * Applies the layer to new positions.
   *
   * @param x (T, C) or (B, T, C)
   * @param past the earlier positions
   * @param rotation the rotation of the new positions
   * @param mask the positions that each new one sees
   * @return the shape of x
   */
  Tensor apply(Tensor x, Past past, Rotation rotation, CausalMask mask) {
    return Scope.tidy(() -> {
      Tensor h = attention(inputNorm.apply(x), past, rotation, mask).addInPlace(x); // (…, T, C)
      Tensor normed = postAttentionNorm.apply(h); // (…, T, C)
      List<Tensor> gated = Linear.applyAll(normed, gate, up); // (…, T, F) each
      Tensor inner = config.hiddenAct().apply(gated.get(0)).mul(gated.get(1)); // (…, T, F)
      return h.addInPlace(down.apply(inner)); // (…, T, C)
    });
  }

  private Tensor attention(Tensor x, Past past, Rotation rotation, CausalMask mask) {
    long t = x.size(-2);
    List<Tensor> projected = Linear.applyAll(x, query, key, value); // (…, T, H · E), (…, T, K · E) twice
    Tensor q = rotation.apply(normed(queryNorm, heads(projected.get(0), t))); // (B, H, T, E)
    Tensor k = rotation.apply(normed(keyNorm, heads(projected.get(1), t))); // (B, K, T, E)
    Tensor v = heads(projected.get(2), t); // (B, K, T, E)
    Tensor mixed = past.attend(index, q, k, v, mask, 1 / Math.sqrt(config.headDim())); // (B, H, T, E)
    long[] shape = x.shape();
    shape[shape.length - 1] = (long) config.numAttentionHeads() * config.headDim();
    return out.apply(mixed.transpose(1, 2).reshape(shape)); // (…, T, H · E) -> (…, T, C)
  }

  private Tensor heads(Tensor x, long t) {
    Tensor split = x.reshape(-1, t, x.size(-1) / config.headDim(), config.headDim()); // (B, T, H or K, E)
    return split.transpose(1, 2); // (B, H or K, T, E)
  }

  private static Tensor normed(@Nullable RmsNorm norm, Tensor heads) {
    return norm == null ? heads : norm.apply(heads);
  }
}
