package io.gill.opt;

import io.gill.GillException;
import io.gill.lm.DecoderConfig;
import io.gill.lm.DecoderNetwork;
import io.gill.lm.DecoderShape;
import io.gill.lm.QuantizationConfig;
import io.gill.torch.Activation;
import io.gill.torch.Table;
import io.gill.torch.Weights;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;
import java.util.List;

/**
 * The sizes and variants of an OPT model, named as in {@code config.json}.
 *
 * @param hiddenSize {@code hidden_size}, C
 * @param ffnDim {@code ffn_dim} of the feed-forward network
 * @param numHiddenLayers {@code num_hidden_layers}
 * @param numAttentionHeads {@code num_attention_heads}; divides {@code hidden_size}
 * @param maxPositionEmbeddings {@code max_position_embeddings}; the table has two rows more
 * @param vocabSize {@code vocab_size}: rows of the embedding table in the file
 * @param wordEmbedProjDim {@code word_embed_proj_dim}, D; {@code hidden_size} if not set
 * @param doLayerNormBefore {@code do_layer_norm_before}: pre-norm; false for the post-norm 350m
 * @param removeFinalLayerNorm {@code _remove_final_layer_norm}: pre-norm without a norm after the last layer
 * @param activationFunction {@code activation_function} of the feed-forward network
 * @param enableBias {@code enable_bias}: whether the layers' linear maps have a bias
 * @param layerNormElementwiseAffine {@code layer_norm_elementwise_affine}: whether the norms have weights
 */
public record OptConfig(
    int hiddenSize,
    int ffnDim,
    int numHiddenLayers,
    int numAttentionHeads,
    int maxPositionEmbeddings,
    int vocabSize,
    int wordEmbedProjDim,
    boolean doLayerNormBefore,
    boolean removeFinalLayerNorm,
    Activation activationFunction,
    boolean enableBias,
    boolean layerNormElementwiseAffine)
    implements DecoderConfig {
  /**
   * Checks the ranges and the consistency of the values.
   *
   * @param hiddenSize {@code hidden_size}, C
   * @param ffnDim {@code ffn_dim} of the feed-forward network
   * @param numHiddenLayers {@code num_hidden_layers}
   * @param numAttentionHeads {@code num_attention_heads}
   * @param maxPositionEmbeddings {@code max_position_embeddings}
   * @param vocabSize {@code vocab_size}
   * @param wordEmbedProjDim {@code word_embed_proj_dim}, D
   * @param doLayerNormBefore {@code do_layer_norm_before}
   * @param removeFinalLayerNorm {@code _remove_final_layer_norm}
   * @param activationFunction {@code activation_function} of the feed-forward network
   * @param enableBias {@code enable_bias}
   * @param layerNormElementwiseAffine {@code layer_norm_elementwise_affine}
   */
  public OptConfig {
    ConfigFile.checkRange("hidden_size", hiddenSize, 1, 1 << 16);
    ConfigFile.checkRange("ffn_dim", ffnDim, 1, 1 << 18);
    ConfigFile.checkRange("num_hidden_layers", numHiddenLayers, 1, 1024);
    ConfigFile.checkRange("num_attention_heads", numAttentionHeads, 1, 1 << 16);
    ConfigFile.checkRange("max_position_embeddings", maxPositionEmbeddings, 1, 1 << 20);
    ConfigFile.checkRange("vocab_size", vocabSize, 1, 1 << 24);
    ConfigFile.checkRange("word_embed_proj_dim", wordEmbedProjDim, 1, 1 << 16);
    if (hiddenSize % numAttentionHeads != 0) {
      throw new IllegalArgumentException(
          "hidden_size " + hiddenSize + " is not divisible by num_attention_heads " + numAttentionHeads);
    }
  }

  /**
   * Reads a {@code config.json}.
   *
   * @param path the file
   * @return the sizes
   * @throws GillException if the file is missing or damaged, describes another kind of model, or has a wrong value
   */
  public static OptConfig read(Path path) {
    ConfigFile config = ConfigFile.read(path);
    String type = config.text("model_type", "opt");
    if (!type.equals("opt")) {
      throw config.refuse("model_type", "only opt can be loaded as the language model");
    }
    List<String> architectures = config.texts("architectures");
    if (!architectures.isEmpty() && architectures.stream().noneMatch(name -> name.startsWith("OPT"))) {
      throw config.refuse("architectures", "only OPTForCausalLM and OPTModel can be loaded as the language model");
    }
    QuantizationConfig.check(config);
    Activation activation = Activation.read(config, "activation_function", Activation.RELU);
    return config.validated(c -> new OptConfig(
        c.count("hidden_size"),
        c.count("ffn_dim"),
        c.count("num_hidden_layers"),
        c.count("num_attention_heads"),
        c.count("max_position_embeddings"),
        c.count("vocab_size"),
        c.count("word_embed_proj_dim", c.count("hidden_size")),
        c.flag("do_layer_norm_before", true),
        c.flag("_remove_final_layer_norm", false),
        activation,
        c.flag("enable_bias", true),
        c.flag("layer_norm_elementwise_affine", true)));
  }

  @Override
  public DecoderShape shape() {
    return new DecoderShape(
        numHiddenLayers, numAttentionHeads, headSize(), wordEmbedProjDim, maxPositionEmbeddings);
  }

  @Override
  public String widthKey() {
    return "word_embed_proj_dim";
  }

  @Override
  public DecoderNetwork network(Weights w) {
    w.ignore(key -> key.endsWith("decoder.version"));
    Weights own = w.has("decoder.embed_tokens.weight") ? w.at("decoder") : w.at("model.decoder");
    Table embeddings = own.table("embed_tokens.weight", vocabSize, wordEmbedProjDim);
    Table output = w.tableIfPresent("lm_head.weight", vocabSize, wordEmbedProjDim);
    return DecoderNetwork.of(w, embeddings, output, OptDecoder.of(own, this));
  }

  /** Returns E, the width of one head. */
  int headSize() {
    return hiddenSize / numAttentionHeads;
  }

  /** Returns whether {@code project_in} maps the embeddings and {@code project_out} the hidden states. */
  boolean hasProjections() {
    return wordEmbedProjDim != hiddenSize;
  }

  /** Returns whether a norm follows the last layer. */
  boolean hasFinalLayerNorm() {
    return doLayerNormBefore && !removeFinalLayerNorm;
  }
}
