package io.gill.projection;

import io.gill.torch.Linear;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;

/**
 * The trained layers, from tensors to tensors, in batches, for inference and training. All tensors belong to the
 * caller's {@link io.gill.torch.Scope}. Axes: B images or requests, P the vision encoder's width, D the language
 * model's width, E the retrieval embedding's width, T [IMG] tokens, Q conditioning tokens, C the conditioning's width.
 *
 * <p>Immutable. The weights belong to the owner of the {@link Weights}.
 */
public final class ProjectionNetwork {
  private final int visualTokens;
  private final Linear visualEmbeddings;
  private final Linear visualFc;
  private final Linear retTextHiddenFc;
  final ConditioningLayer mapper;

  private ProjectionNetwork(Weights w, ModelArgs args) {
    visualTokens = args.nVisualTokens();
    long d = width(w, "ret_text_hidden_fcs.0.model.weight");
    long p = width(w, "visual_fc.weight");
    visualEmbeddings = Linear.of(w.at("visual_embeddings"), p, d < 0 ? -1 : args.nVisualTokens() * d);
    visualFc = Linear.of(w.at("visual_fc"), p, args.retEmbDim());
    retTextHiddenFc = Linear.of(w.at("ret_text_hidden_fcs.0.model"), d, args.retEmbDim());
    Weights mapping = w.at("gen_text_hidden_fcs.0");
    mapper = switch (args.textFcMode()) {
      case GILL_MAPPER -> new GillMapper(mapping, d, args);
      case LINEAR -> new LinearMapping(mapping, d, args);
    };
  }

  /**
   * Builds the layers from their weights, which determine D, P and the mapper's width.
   *
   * @param w weights below {@code model}; the caller calls {@link Weights#finish}
   * @param args the widths the weights must have
   * @return the layers
   */
  public static ProjectionNetwork of(Weights w, ModelArgs args) {
    return new ProjectionNetwork(w, args);
  }

  /** Second dimension of a matrix, which only the file knows; -1 if the key is missing, which loading reports. */
  private static long width(Weights w, String key) {
    long[] shape = w.shape(key);
    return shape == null || shape.length != 2 ? -1 : shape[1];
  }

  /**
   * Returns the width of the vision encoder's output.
   *
   * @return P
   */
  public long visionWidth() {
    return visualFc.weight().columns();
  }

  /**
   * Returns the width of the language model's embeddings and last hidden states.
   *
   * @return D
   */
  public long languageWidth() {
    return retTextHiddenFc.weight().columns();
  }

  /**
   * Returns the number of visual tokens per image.
   *
   * @return {@code n_visual_tokens}
   */
  public int visualTokens() {
    return visualTokens;
  }

  /**
   * {@code visual_embeddings}: maps images to visual tokens of the language model.
   *
   * @param pooled (B, P)
   * @return (B, n_visual_tokens, D)
   */
  public Tensor visualTokens(Tensor pooled) {
    return visualEmbeddings.apply(pooled).reshape(pooled.size(0), visualTokens, -1);
  }

  /**
   * {@code visual_fc}: maps images into the retrieval space.
   *
   * @param pooled (B, P)
   * @return (B, E), not normalised
   */
  public Tensor imageEmbeddings(Tensor pooled) {
    return visualFc.apply(pooled);
  }

  /**
   * {@code ret_text_hidden_fcs.0}: maps requests into the retrieval space.
   *
   * @param hidden (B, D): hidden states of [IMG0]
   * @return (B, E), not normalised
   */
  public Tensor queryEmbeddings(Tensor hidden) {
    return retTextHiddenFc.apply(hidden);
  }

  /**
   * {@code gen_text_hidden_fcs.0}: maps requests to the image generator's conditioning.
   *
   * @param hidden (B, T, D): hidden states of the [IMG] tokens
   * @param embeddings (B, T, D): their input embeddings
   * @return (B, R, C), R = Q, or Q + 1 where the last row holds the pooled vector: {@link ModelArgs#conditioningRows}
   */
  public Tensor conditioning(Tensor hidden, Tensor embeddings) {
    return mapper.forward(hidden, embeddings);
  }
}
