package io.gill.llama;

import io.gill.lm.DecoderConfig;
import io.gill.lm.DecoderNetwork;
import io.gill.lm.DecoderShape;
import io.gill.lm.QuantizationConfig;
import io.gill.torch.Activation;
import io.gill.torch.Rotary;
import io.gill.torch.Table;
import io.gill.torch.Weights;
import io.gill.weights.ConfigFile;
import java.util.Collections;
import java.util.List;

/**
 * The sizes of a Llama or a related model, named as in {@code config.json}, and the options that distinguish the
 * family.
 *
 * @param hiddenSize {@code hidden_size}, C: the width of the embeddings and of the layers
 * @param intermediateSize {@code intermediate_size} of the feed-forward network, F
 * @param numHiddenLayers {@code num_hidden_layers}
 * @param numAttentionHeads {@code num_attention_heads}, H
 * @param numKeyValueHeads {@code num_key_value_heads}, K; divides H
 * @param headDim {@code head_dim}, E; even
 * @param maxPositionEmbeddings {@code max_position_embeddings}
 * @param vocabSize {@code vocab_size}: rows of the embedding table in the file
 * @param rmsNormEps {@code rms_norm_eps}
 * @param hiddenAct {@code hidden_act} of the feed-forward network
 * @param tieWordEmbeddings {@code tie_word_embeddings}: whether the output layer is the embedding table
 * @param rotary the rotary position embedding
 * @param variant the options of the family
 */
record LlamaConfig(
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int numKeyValueHeads,
    int headDim,
    int maxPositionEmbeddings,
    int vocabSize,
    double rmsNormEps,
    Activation hiddenAct,
    boolean tieWordEmbeddings,
    Rotary rotary,
    Variant variant)
    implements DecoderConfig {
  private static final int MAX_LAYERS = 1024;

  LlamaConfig {
    ConfigFile.checkRange("hidden_size", hiddenSize, 1, 1 << 16);
    ConfigFile.checkRange("intermediate_size", intermediateSize, 1, 1 << 20);
    ConfigFile.checkRange("num_hidden_layers", numHiddenLayers, 1, MAX_LAYERS);
    ConfigFile.checkRange("num_attention_heads", numAttentionHeads, 1, 1 << 16);
    ConfigFile.checkRange("num_key_value_heads", numKeyValueHeads, 1, numAttentionHeads);
    ConfigFile.checkRange("max_position_embeddings", maxPositionEmbeddings, 1, 1 << 24);
    ConfigFile.checkRange("vocab_size", vocabSize, 1, 1 << 24);
    if (numAttentionHeads % numKeyValueHeads != 0) {
      throw new IllegalArgumentException("num_attention_heads " + numAttentionHeads
          + " is not divisible by num_key_value_heads " + numKeyValueHeads);
    }
    if (headDim % 2 != 0) {
      throw new IllegalArgumentException("head_dim is " + headDim + ", but rotary embedding needs an even number");
    }
    if (!(rmsNormEps > 0)) {
      throw new IllegalArgumentException("rms_norm_eps is " + rmsNormEps + ": use a positive number");
    }
    if (variant.windows.size() != numHiddenLayers) {
      throw new IllegalArgumentException("layer_types has " + variant.windows.size()
          + " elements, but num_hidden_layers is " + numHiddenLayers);
    }
  }

  /**
   * The options in which the families differ.
   *
   * @param queryKeyValueBias whether the query, key and value projections have a bias
   * @param outputBias whether the attention's output projection has a bias
   * @param mlpBias whether the layers of the feed-forward network have a bias
   * @param headNorms whether the queries and keys of every head are normalised
   * @param windows for each layer, the number of positions that a position sees, including itself; {@link #ALL} for all
   */
  record Variant(
      boolean queryKeyValueBias, boolean outputBias, boolean mlpBias, boolean headNorms, List<Integer> windows) {
    /** No window. */
    static final int ALL = Integer.MAX_VALUE;

    /** Published default of {@code sliding_window}. */
    private static final int PUBLISHED_WINDOW = 4096;

    Variant {
      windows = List.copyOf(windows);
    }

    /** Returns {@code sliding_window}. Null means no window; a missing key means the published default. */
    static int slidingWindow(ConfigFile c) {
      return c.count("sliding_window", c.mentions("sliding_window") ? ALL : PUBLISHED_WINDOW);
    }

    /** Returns the same window for every layer. */
    static List<Integer> windows(ConfigFile config, int window) {
      return config.validated(c -> {
        int layers = c.count("num_hidden_layers");
        ConfigFile.checkRange("num_hidden_layers", layers, 1, MAX_LAYERS);
        return Collections.nCopies(layers, window);
      });
    }
  }

  /**
   * Reads the keys that all families share.
   *
   * @param c the configuration
   * @param headDim width of a head if {@code head_dim} is null or missing
   * @param variant the options of the family
   */
  static LlamaConfig read(ConfigFile c, int headDim, Variant variant) {
    QuantizationConfig.check(c);
    c.only("partial_rotary_factor", 1.0);
    Activation activation = Activation.read(c, "hidden_act", Activation.SILU);
    int head = c.count("head_dim", headDim);
    return c.validated(valid -> {
      ConfigFile.checkRange("head_dim", head, 1, 1 << 16); // checked before a frequency is computed for each pair
      return new LlamaConfig(
          c.count("hidden_size"),
          c.count("intermediate_size"),
          c.count("num_hidden_layers"),
          c.count("num_attention_heads"),
          c.count("num_key_value_heads", c.count("num_attention_heads")),
          head,
          c.count("max_position_embeddings"),
          c.count("vocab_size"),
          c.number("rms_norm_eps", 1e-6),
          activation,
          c.flag("tie_word_embeddings", false),
          RotaryConfig.read(c, head),
          variant);
    });
  }

  @Override
  public DecoderShape shape() {
    return new DecoderShape(numHiddenLayers, numKeyValueHeads, headDim, hiddenSize, maxPositionEmbeddings);
  }

  @Override
  public DecoderNetwork network(Weights w) {
    w.ignore(key -> key.endsWith("rotary_emb.inv_freq") || (tieWordEmbeddings && key.equals("lm_head.weight")));
    Table embeddings = w.table("model.embed_tokens.weight", vocabSize, hiddenSize);
    Table output = tieWordEmbeddings ? null : w.table("lm_head.weight", vocabSize, hiddenSize);
    return DecoderNetwork.of(w, embeddings, output, LlamaDecoder.of(w.at("model"), this));
  }
}
