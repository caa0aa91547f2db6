package io.gill.projection;

import io.gill.torch.Linear;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;

/**
 * The published mapping {@code text_fc_mode: linear}: one layer on the hidden states, without the [IMG] embeddings.
 * Each of the T tokens yields {@code gen_emb_dim} numbers. Together they are reshaped to Q conditioning tokens of width
 * C: 8 · 7392 numbers become 77 · 768.
 */
final class LinearMapping implements ConditioningLayer {
  private final Linear model;
  private final long tokens;
  private final long width;

  /**
   * Builds the layer from its weights.
   *
   * @param w weights below {@code gen_text_hidden_fcs.0}
   * @param in D
   * @param args T, Q, C and {@code gen_emb_dim}
   */
  LinearMapping(Weights w, long in, ModelArgs args) {
    model = Linear.of(w.at("model"), in, args.genEmbDim());
    tokens = args.numClipTokens();
    width = args.conditioningWidth();
  }

  @Override
  public Tensor forward(Tensor hidden, Tensor embeddings) {
    Tensor mapped = model.apply(hidden); // (B, T, gen_emb_dim)
    // As published, the first tokens are kept if there are more than the generator takes.
    Tensor kept = mapped.size(1) > tokens ? mapped.narrow(1, 0, tokens) : mapped;
    return kept.reshape(kept.size(0), tokens, width); // (B, Q, C)
  }
}
