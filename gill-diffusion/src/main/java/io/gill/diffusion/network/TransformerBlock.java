package io.gill.diffusion.network;

import io.gill.torch.LayerNorm;
import io.gill.torch.Linear;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;

/**
 * Self-attention, attention to the text, and a gated feed-forward network, each after a layer norm and with a residual
 * connection: diffusers' {@code BasicTransformerBlock}. Axes: N images, S pixels, C channels, L text tokens, D their
 * width.
 */
record TransformerBlock(
    LayerNorm norm1,
    Attention self,
    LayerNorm norm2,
    Attention cross,
    LayerNorm norm3,
    Linear gated,
    Linear out) {
  private static final double NORM_EPS = 1e-5;

  static TransformerBlock of(Weights w, long channels, int heads, long contextWidth) {
    return new TransformerBlock(
        LayerNorm.of(w.at("norm1"), channels, NORM_EPS),
        Attention.of(w.at("attn1"), channels, channels, heads),
        LayerNorm.of(w.at("norm2"), channels, NORM_EPS),
        Attention.of(w.at("attn2"), channels, contextWidth, heads),
        LayerNorm.of(w.at("norm3"), channels, NORM_EPS),
        Linear.of(w.at("ff.net.0.proj"), channels, 8 * channels),
        Linear.of(w.at("ff.net.2"), 4 * channels, channels));
  }

  /** Applies the layer to (N, S, C), overwriting it. */
  void applyInPlace(Tensor x, TextKeys text) {
    add(x, Scope.tidy(() -> self.apply(norm1.apply(x)))); // (N, S, C)
    add(x, Scope.tidy(() -> cross.apply(norm2.apply(x), text.of(cross)))); // (N, S, C)
    add(x, Scope.tidy(() -> out.apply(geglu(norm3.apply(x))))); // (N, S, C)
  }

  private static void add(Tensor x, Tensor residual) {
    x.addInPlace(residual);
    residual.close();
  }

  /** GEGLU (Shazeer 2020): a·GELU(g), both projections of the same input. */
  private Tensor geglu(Tensor x) {
    return Scope.tidy(() -> {
      Tensor[] parts = gated.apply(x).chunk(2, -1); // (N, S, C) → 2 × (N, S, 4·C)
      return parts[1].gelu().mulInPlace(parts[0]); // (N, S, 4·C)
    });
  }
}
