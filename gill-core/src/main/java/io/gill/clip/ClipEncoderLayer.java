package io.gill.clip;

import io.gill.torch.Activation;
import io.gill.torch.LayerNorm;
import io.gill.torch.Linear;
import io.gill.torch.ScaledDotProduct;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;

/**
 * A pre-norm transformer layer: x + attention(norm₁ x), then x + MLP(norm₂ x). Axes: B images or texts, T positions,
 * C channels, H heads of E = C / H.
 *
 * @param norm1 norm before the attention
 * @param query query projection, C → C
 * @param key key projection, C → C
 * @param value value projection, C → C
 * @param out output projection, C → C
 * @param norm2 norm before the MLP
 * @param fc1 first MLP layer, C → intermediate
 * @param fc2 second MLP layer, intermediate → C
 * @param activation activation between the MLP layers
 * @param heads number of heads, H
 */
public record ClipEncoderLayer(
    LayerNorm norm1,
    Linear query,
    Linear key,
    Linear value,
    Linear out,
    LayerNorm norm2,
    Linear fc1,
    Linear fc2,
    Activation activation,
    int heads) {

  /**
   * Builds the layer from its weights.
   *
   * @param w weights below the layer's prefix: {@code layer_norm1}, {@code self_attn}, {@code layer_norm2}, {@code mlp}
   * @param config the encoder's sizes
   * @return the layer
   */
  public static ClipEncoderLayer of(Weights w, ClipEncoderConfig config) {
    int c = config.hiddenSize();
    return new ClipEncoderLayer(
        LayerNorm.of(w.at("layer_norm1"), c, config.layerNormEps()),
        Linear.of(w.at("self_attn.q_proj"), c, c),
        Linear.of(w.at("self_attn.k_proj"), c, c),
        Linear.of(w.at("self_attn.v_proj"), c, c),
        Linear.of(w.at("self_attn.out_proj"), c, c),
        LayerNorm.of(w.at("layer_norm2"), c, config.layerNormEps()),
        Linear.of(w.at("mlp.fc1"), c, config.intermediateSize()),
        Linear.of(w.at("mlp.fc2"), config.intermediateSize(), c),
        config.hiddenAct(),
        config.numAttentionHeads());
  }

  /**
   * Applies the layer.
   *
   * @param x (B, T, C)
   * @param causal whether a position attends only to itself and earlier positions
   * @return (B, T, C)
   */
  public Tensor apply(Tensor x, boolean causal) {
    return Scope.tidy(() -> {
      Tensor h = attention(norm1.apply(x), causal).addInPlace(x); // (B, T, C)
      Tensor mlp = fc2.apply(activation.apply(fc1.apply(norm2.apply(h)))); // (B, T, C)
      return h.addInPlace(mlp);
    });
  }

  private Tensor attention(Tensor x, boolean causal) {
    long b = x.size(0);
    long t = x.size(1);
    long c = x.size(2);
    Tensor q = heads(query.apply(x), b, t, c); // (B, H, T, E)
    Tensor k = heads(key.apply(x), b, t, c); // (B, H, T, E)
    Tensor v = heads(value.apply(x), b, t, c); // (B, H, T, E)
    Tensor mixed = ScaledDotProduct.attention(q, k, v, null, causal, 1 / Math.sqrt((double) c / heads)); // (B, H, T, E)
    return out.apply(mixed.transpose(1, 2).reshape(b, t, c)); // (B, T, C)
  }

  private Tensor heads(Tensor x, long b, long t, long c) {
    return x.reshape(b, t, heads, c / heads).transpose(1, 2);
  }
}
