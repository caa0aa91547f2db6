package io.gill.opt;

import io.gill.GillException;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;

/**
 * An OPT as tensors in and tensors out, for training: whole batches, nothing remembered from call to call. Its output
 * layer is its table of embeddings. Everything runs in the caller's {@link io.gill.torch.Scope}. Axes: B sequences,
 * T positions, D the embeddings' width, V the vocabulary.
 *
 * <p>Immutable; the weights belong to whoever made the {@link Weights}.
 */
public final class OptNetwork {
  private final OptConfig config;
  private final TokenTable tokens;
  private final OptDecoder decoder;

  private OptNetwork(OptConfig config, TokenTable tokens, OptDecoder decoder) {
    this.config = config;
    this.tokens = tokens;
    this.decoder = decoder;
  }

  /**
   * Takes a model whose whole vocabulary is in its table.
   *
   * @param w the keys of {@code OPTForCausalLM}; the caller calls {@link Weights#finish}
   * @param config the sizes
   * @return the network
   */
  public static OptNetwork of(Weights w, OptConfig config) {
    Tensor table = w.at("model.decoder").take("embed_tokens.weight", config.vocabSize(), config.wordEmbedProjDim());
    return new OptNetwork(config, new TokenTable(table, w.constant(0, 0, table.size(1))),
        OptDecoder.of(w.at("model.decoder"), config));
  }

  /**
   * The sizes.
   *
   * @return the configuration
   */
  public OptConfig config() {
    return config;
  }

  /**
   * How many tokens there are.
   *
   * @return V
   */
  public int vocabularySize() {
    return tokens.size();
  }

  /**
   * Looks embeddings up.
   *
   * @param ids tokens, each in the vocabulary
   * @return (n, D); not to be changed
   */
  public Tensor embeddings(int[] ids) {
    return tokens.rows(ids);
  }

  /**
   * Reads sequences. Shorter ones are filled up at the end with anything: no position sees a later one.
   *
   * @param embeddings (B, T, D), left as they are
   * @return (B, T, D): the last hidden states
   * @throws GillException if there are more positions than the model has
   */
  public Tensor hidden(Tensor embeddings) {
    if (embeddings.size(1) > config.maxPositionEmbeddings()) {
      throw new GillException("a sequence of " + embeddings.size(1) + " positions does not fit into the language model's "
          + config.maxPositionEmbeddings() + " (max_position_embeddings): use a smaller maximal length");
    }
    return decoder.apply(embeddings);
  }

  /**
   * The output layer.
   *
   * @param hidden (n, D) last hidden states
   * @return (n, V) logits
   */
  public Tensor logits(Tensor hidden) {
    return tokens.logits(hidden);
  }
}
