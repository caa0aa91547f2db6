package io.gill.clip;

import io.gill.GillException;
import io.gill.torch.Activation;
import io.gill.weights.ConfigFile;

/**
 * Sizes of a CLIP transformer, named as in {@code config.json}.
 *
 * @param hiddenSize {@code hidden_size}, C
 * @param intermediateSize {@code intermediate_size} of the MLP
 * @param numHiddenLayers {@code num_hidden_layers}
 * @param numAttentionHeads {@code num_attention_heads}; divides {@code hidden_size}
 * @param hiddenAct {@code hidden_act} of the MLP
 * @param layerNormEps {@code layer_norm_eps} of every norm
 */
public record ClipEncoderConfig(
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    Activation hiddenAct,
    double layerNormEps) {
  /**
   * Checks the ranges and the consistency of the values.
   *
   * @param hiddenSize {@code hidden_size}, C
   * @param intermediateSize {@code intermediate_size} of the MLP
   * @param numHiddenLayers {@code num_hidden_layers}
   * @param numAttentionHeads {@code num_attention_heads}
   * @param hiddenAct {@code hidden_act} of the MLP
   * @param layerNormEps {@code layer_norm_eps} of every norm
   */
  public ClipEncoderConfig {
    ConfigFile.checkRange("hidden_size", hiddenSize, 1, 1 << 16);
    ConfigFile.checkRange("intermediate_size", intermediateSize, 1, 1 << 18);
    ConfigFile.checkRange("num_hidden_layers", numHiddenLayers, 1, 1024);
    ConfigFile.checkRange("num_attention_heads", numAttentionHeads, 1, 1 << 16);
    if (hiddenSize % numAttentionHeads != 0) {
      throw new IllegalArgumentException(
          "hidden_size " + hiddenSize + " is not divisible by num_attention_heads " + numAttentionHeads);
    }
    if (!(layerNormEps > 0 && layerNormEps < 1)) {
      throw new IllegalArgumentException("layer_norm_eps " + layerNormEps + " is not between 0 and 1");
    }
  }

  /**
   * Reads the sizes of a text tower, with the published code's defaults for missing keys.
   *
   * @param config configuration of a {@code CLIPTextModel}
   * @return the sizes
   * @throws GillException if a value is invalid
   */
  public static ClipEncoderConfig text(ConfigFile config) {
    return read(config, 512, 2048, 8);
  }

  /**
   * Reads the sizes of a vision tower, with the published code's defaults for missing keys.
   *
   * @param config configuration of a {@code CLIPVisionModel}
   * @return the sizes
   * @throws GillException if a value is invalid
   */
  public static ClipEncoderConfig vision(ConfigFile config) {
    return read(config, 768, 3072, 12);
  }

  private static ClipEncoderConfig read(ConfigFile config, int hiddenSize, int intermediateSize, int heads) {
    Activation activation = Activation.read(config, "hidden_act", Activation.QUICK_GELU);
    return config.validated(c -> new ClipEncoderConfig(
        c.count("hidden_size", hiddenSize),
        c.count("intermediate_size", intermediateSize),
        c.count("num_hidden_layers", 12),
        c.count("num_attention_heads", heads),
        activation,
        c.number("layer_norm_eps", 1e-5)));
  }
}
