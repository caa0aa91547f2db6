package io.gill.siglip;

import io.gill.clip.ClipEncoderConfig;
import io.gill.torch.Activation;
import io.gill.torch.LayerNorm;
import io.gill.torch.Linear;
import io.gill.torch.ScaledDotProduct;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;

/**
 * One learned query that attends to all patches, then an MLP. Axes: B images, T patches, C channels, H heads of
 * E = C / H.
 *
 * @param probe the query before its projection, (1, 1, C)
 * @param inWeight weights of query, key and value, (3·C, C)
 * @param inBias their biases, (3·C)
 * @param out C → C
 * @param norm the norm before the MLP
 * @param fc1 C → intermediate
 * @param fc2 intermediate → C
 * @param activation the activation between the two layers
 * @param heads H
 */
record AttentionPooling(
    Tensor probe,
    Tensor inWeight,
    Tensor inBias,
    Linear out,
    LayerNorm norm,
    Linear fc1,
    Linear fc2,
    Activation activation,
    int heads) {
  static AttentionPooling of(Weights w, ClipEncoderConfig config) {
    int c = config.hiddenSize();
    Weights attention = w.at("attention");
    return new AttentionPooling(
        w.take("probe", 1, 1, c),
        attention.take("in_proj_weight", 3L * c, c),
        attention.take("in_proj_bias", 3L * c),
        Linear.of(attention.at("out_proj"), c, c),
        LayerNorm.of(w.at("layernorm"), c, config.layerNormEps()),
        Linear.of(w.at("mlp.fc1"), c, config.intermediateSize()),
        Linear.of(w.at("mlp.fc2"), config.intermediateSize(), c),
        config.hiddenAct(),
        config.numAttentionHeads());
  }

  private Tensor projected(Tensor x, int index, long c) {
    return x.linear(inWeight.narrow(0, index * c, c), inBias.narrow(0, index * c, c));
  }

  /** Pools (B, T, C) to (B, C). */
  Tensor apply(Tensor x) {
    long b = x.size(0);
    long c = x.size(2);
    Tensor q = heads(projected(probe, 0, c), 1, c).expand(b, -1, -1, -1); // (B, H, 1, E)
    Tensor k = heads(projected(x, 1, c), b, c); // (B, H, T, E)
    Tensor v = heads(projected(x, 2, c), b, c); // (B, H, T, E)
    Tensor mixed = ScaledDotProduct.attention(q, k, v, null, false, 1 / Math.sqrt((double) c / heads)); // (B, H, 1, E)
    Tensor pooled = out.apply(mixed.transpose(1, 2).reshape(b, c)); // (B, C)
    return fc2.apply(activation.apply(fc1.apply(norm.apply(pooled)))).addInPlace(pooled);
  }

  private Tensor heads(Tensor x, long b, long c) {
    return x.reshape(b, -1, heads, c / heads).transpose(1, 2);
  }
}
