package io.gill.opt;

import io.gill.GillException;
import io.gill.Precision;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;

/**
 * An OPT as tensors in and tensors out: what {@link OptModel} is made of, and for training whole batches of which nothing
 * is remembered from call to call. Everything runs in the caller's {@link Scope}. Axes: B sequences, T positions, D the
 * embeddings' width, V the vocabulary.
 *
 * <p>Immutable; the weights belong to whoever made the {@link Weights}.
 */
public final class OptNetwork {
  /** Bounds the memory that measuring the table takes. */
  private static final long ROWS_AT_ONCE = 8192;

  private final OptConfig config;
  private final TokenTable tokens;
  private final TokenTable head;
  private final OptDecoder decoder;

  private OptNetwork(OptConfig config, TokenTable tokens, TokenTable head, OptDecoder decoder) {
    this.config = config;
    this.tokens = tokens;
    this.head = head;
    this.decoder = decoder;
  }

  /**
   * Takes a model whose output layer is its table of embeddings, to be trained as a whole.
   *
   * @param w the keys of {@code OPTForCausalLM}; the caller calls {@link Weights#finish}
   * @param config the sizes
   * @return the network
   */
  public static OptNetwork of(Weights w, OptConfig config) {
    Weights own = w.at("model.decoder");
    Tensor table = own.take("embed_tokens.weight", config.vocabSize(), config.wordEmbedProjDim());
    TokenTable tokens = new TokenTable(table, w.constant(0, 0, config.wordEmbedProjDim()));
    return new OptNetwork(config, tokens, tokens, OptDecoder.of(own, config));
  }

  /**
   * Takes the model of a published snapshot and resizes its table to a tokenizer's vocabulary, as {@link OptModel#load}
   * describes.
   *
   * @param w all keys of the snapshot, which must be its own
   * @param config the sizes
   * @param vocabularySize V
   * @param lastRows (A, D) the last rows of the table, which stay the tensor that they are; may be trainable
   * @param ownTable whether the table's other rows are copied, in 32 bits, so that {@link #scaleFrozenRows} can change
   *     them
   * @param owner keeps what is new
   * @return the network
   * @throws GillException if a key is missing, unexpected or has another shape
   */
  public static OptNetwork published(
      Weights w, OptConfig config, int vocabularySize, Tensor lastRows, boolean ownTable, Scope owner) {
    Weights own = w.has("decoder.embed_tokens.weight") ? w.at("decoder") : w.at("model.decoder");
    w.ignore(key -> key.endsWith("decoder.version"));
    int d = config.wordEmbedProjDim();
    Tensor embeddings = own.take("embed_tokens.weight", config.vocabSize(), d);
    Tensor output = w.takeIfPresent("lm_head.weight", config.vocabSize(), d);
    OptDecoder decoder = OptDecoder.of(own, config);
    w.finish("an OPT language model");
    boolean tied = output == null || output.sameAs(embeddings);
    if (output != null && tied) {
      output.close();
    }
    Tensor table = ownTable ? copy(embeddings, owner) : embeddings;
    TokenTable tokens = TokenTable.resized(table, vocabularySize, lastRows, owner);
    TokenTable head = output == null || tied ? tokens : TokenTable.resized(output, vocabularySize, lastRows, owner);
    return new OptNetwork(config, tokens, head, decoder);
  }

  private static Tensor copy(Tensor table, Scope owner) {
    return Scope.compute("copying the embedding table", () -> owner.keep(table.to(Precision.FLOAT32).copy()));
  }

  TokenTable tokens() {
    return tokens;
  }

  TokenTable head() {
    return head;
  }

  OptDecoder decoder() {
    return decoder;
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
    return head.logits(hidden);
  }

  /**
   * The mean Euclidean norm of the rows of the table but the last ones.
   *
   * @return a positive number, computed in 32 bits
   */
  public double frozenNorm() {
    return Scope.compute("measuring the embedding table", () -> {
      Tensor rows = tokens.published();
      double sum = 0;
      for (long start = 0; start < rows.size(0); start += ROWS_AT_ONCE) {
        long first = start;
        long count = Math.min(ROWS_AT_ONCE, rows.size(0) - first);
        sum += Scope.tidy(() -> rows.narrow(0, first, count).to(Precision.FLOAT32).norm(1).mean())
            .toFloats()[0] * (double) count;
      }
      return sum / (double) rows.size(0);
    });
  }

  /**
   * Multiplies the rows of the table but the last ones, which must be copies.
   *
   * @param factor close to 1
   */
  public void scaleFrozenRows(double factor) {
    Scope.compute("scaling the embedding table", () -> tokens.published().mulInPlace(factor));
  }
}
