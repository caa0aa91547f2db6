package io.gill.projection;

import io.gill.torch.Linear;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.List;

/**
 * The trained layers as tensors in and tensors out, a batch at a time, for inference and training alike. Everything runs
 * in the caller's {@link io.gill.torch.Scope}. Axes: B images or requests, P the vision encoder's width, D the language
 * model's width, E the retrieval embedding's width, T [IMG] tokens, Q conditioning tokens, C the conditioning's width.
 *
 * <p>Immutable; the weights belong to whoever made the {@link Weights}.
 */
public final class ProjectionNetwork {
  private final int visualTokens;
  private final Linear visualEmbeddings;
  private final Linear visualFc;
  private final Linear retTextHiddenFc;
  private final ConditioningLayer mapper;

  private ProjectionNetwork(Weights w, ModelArgs args) {
    visualTokens = args.nVisualTokens();
    long d = width(w, "ret_text_hidden_fcs.0.model.weight");
    long p = width(w, "visual_fc.weight");
    visualEmbeddings = Linear.of(w.at("visual_embeddings"), p, d < 0 ? -1 : args.nVisualTokens() * d);
    visualFc = Linear.of(w.at("visual_fc"), p, args.retEmbDim());
    retTextHiddenFc = Linear.of(w.at("ret_text_hidden_fcs.0.model"), d, args.retEmbDim());
    Weights mapping = w.at("gen_text_hidden_fcs.0");
    mapper = switch (args.textFcMode()) {
      case GILL_MAPPER -> new GillMapper(mapping, d, args.numClipTokens(), args.genEmbDim());
      case LINEAR -> new LinearMapping(mapping, d, args);
    };
  }

  /**
   * Takes the layers; D, P and the mapper's width are what the weights have.
   *
   * @param w the keys below {@code model}; the caller calls {@link Weights#finish}
   * @param args the widths they must have
   * @return the layers
   */
  public static ProjectionNetwork of(Weights w, ModelArgs args) {
    return new ProjectionNetwork(w, args);
  }

  /** The second size of a matrix, which only the file knows; -1 if the key is missing, which loading reports. */
  private static long width(Weights w, String key) {
    long[] shape = w.shape(key);
    return shape == null || shape.length != 2 ? -1 : shape[1];
  }

  /**
   * How wide the vision encoder's output is.
   *
   * @return P
   */
  public long visionWidth() {
    return visualFc.weight().size(1);
  }

  /**
   * How wide the language model's embeddings and last hidden states are.
   *
   * @return D
   */
  public long languageWidth() {
    return retTextHiddenFc.weight().size(1);
  }

  /**
   * How many tokens an image is to the language model.
   *
   * @return {@code n_visual_tokens}
   */
  public int visualTokens() {
    return visualTokens;
  }

  /**
   * {@code visual_embeddings}: what images are to the language model.
   *
   * @param pooled (B, P)
   * @return (B, n_visual_tokens, D)
   */
  public Tensor visualTokens(Tensor pooled) {
    return visualEmbeddings.apply(pooled).reshape(pooled.size(0), visualTokens, -1);
  }

  /**
   * {@code visual_fc}: what images are to the index.
   *
   * @param pooled (B, P)
   * @return (B, E), not normalised
   */
  public Tensor imageEmbeddings(Tensor pooled) {
    return visualFc.apply(pooled);
  }

  /**
   * {@code ret_text_hidden_fcs.0}: what requests are to the index.
   *
   * @param hidden (B, D): the hidden states of [IMG0]
   * @return (B, E), not normalised
   */
  public Tensor queryEmbeddings(Tensor hidden) {
    return retTextHiddenFc.apply(hidden);
  }

  /**
   * {@code gen_text_hidden_fcs.0}: what requests are to the image generator.
   *
   * @param hidden (B, T, D): the hidden states of the [IMG] tokens
   * @param embeddings (B, T, D): their input embeddings
   * @return (B, Q, C)
   */
  public Tensor conditioning(Tensor hidden, Tensor embeddings) {
    return mapper.forward(hidden, embeddings);
  }

  /** GILLMapper's intermediate results: the projected tokens, the encoder's output and the decoder's; else none. */
  List<Tensor> mapperStages(Tensor hidden, Tensor embeddings) {
    if (!(mapper instanceof GillMapper transformer)) {
      return List.of();
    }
    Tensor projected = transformer.project(hidden, embeddings); // (B, T, H)
    Tensor encoded = transformer.encode(projected); // (B, T, H)
    return List.of(projected, encoded, transformer.decode(encoded)); // (B, Q, H) the last
  }
}
