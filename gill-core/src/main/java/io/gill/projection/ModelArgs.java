package io.gill.projection;

import io.gill.weights.ConfigFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A published {@code model_args.json}: names of the frozen parts and widths of the trained ones.
 *
 * @param optVersion {@code opt_version}: Hugging Face name of the language model
 * @param visualEncoder {@code visual_encoder}: Hugging Face name of the vision encoder
 * @param nVisualTokens {@code n_visual_tokens}: number of visual tokens per image
 * @param retEmbDim {@code ret_emb_dim}: width of the retrieval embedding, E
 * @param textFcMode {@code text_fc_mode}: architecture of the mapping from [IMG] tokens to conditioning
 * @param genEmbDim {@code gen_emb_dim}: numbers per token in the mapping's output; see {@link #conditioningWidth}
 * @param numTokens {@code num_tokens}: number of [IMG] tokens
 * @param numClipTokens {@code num_clip_tokens}: number of conditioning tokens
 * @param genPooledDim {@code gen_pooled_dim}: width of the pooled vector that SDXL is conditioned on beside the tokens;
 *     0 where the key is not set, as in all published models
 */
public record ModelArgs(
    String optVersion,
    String visualEncoder,
    int nVisualTokens,
    int retEmbDim,
    TextFcMode textFcMode,
    int genEmbDim,
    int numTokens,
    int numClipTokens,
    int genPooledDim) {
  /** Number of positions of Stable Diffusion's text encoder; the published code fails beyond it. */
  static final int MAX_CLIP_TOKENS = 77;

  /** Half of OPT's context; published models have 4 visual tokens and 8 [IMG] tokens. */
  private static final int MAX_TOKENS = 1024;

  /**
   * Checks the ranges and the consistency of the values.
   *
   * @param optVersion {@code opt_version}
   * @param visualEncoder {@code visual_encoder}
   * @param nVisualTokens {@code n_visual_tokens}
   * @param retEmbDim {@code ret_emb_dim}
   * @param textFcMode {@code text_fc_mode}
   * @param genEmbDim {@code gen_emb_dim}
   * @param numTokens {@code num_tokens}
   * @param numClipTokens {@code num_clip_tokens}
   * @param genPooledDim {@code gen_pooled_dim}
   */
  public ModelArgs {
    ConfigFile.checkRange("n_visual_tokens", nVisualTokens, 1, MAX_TOKENS);
    ConfigFile.checkRange("ret_emb_dim", retEmbDim, 1, 1 << 16);
    ConfigFile.checkRange("gen_emb_dim", genEmbDim, 1, 1 << 16);
    ConfigFile.checkRange("num_tokens", numTokens, 1, MAX_TOKENS);
    ConfigFile.checkRange("num_clip_tokens", numClipTokens, 1, MAX_CLIP_TOKENS);
    ConfigFile.checkRange("gen_pooled_dim", genPooledDim, 0, genEmbDim);
    if (genPooledDim > 0 && textFcMode == TextFcMode.LINEAR) {
      throw new IllegalArgumentException(
          "gen_pooled_dim is " + genPooledDim + ": only text_fc_mode gill_mapper has a pooled vector");
    }
    if (textFcMode == TextFcMode.LINEAR && mappedNumbers(numTokens, genEmbDim, numClipTokens) % numClipTokens != 0) {
      throw new IllegalArgumentException("gen_emb_dim is " + genEmbDim + ", but text_fc_mode linear needs "
          + "num_tokens times gen_emb_dim (" + numTokens + " · " + genEmbDim + ") to be divisible by num_clip_tokens ("
          + numClipTokens + ")");
    }
  }

  private static int mappedNumbers(int numTokens, int genEmbDim, int numClipTokens) {
    return Math.min(numTokens, numClipTokens) * genEmbDim;
  }

  /**
   * Returns the width of the conditioning, C. With {@link TextFcMode#GILL_MAPPER} it is {@code gen_emb_dim}. With
   * {@link TextFcMode#LINEAR} the numbers of all [IMG] tokens are divided among {@code num_clip_tokens} rows.
   *
   * @return C
   */
  public int conditioningWidth() {
    return textFcMode == TextFcMode.GILL_MAPPER
        ? genEmbDim : mappedNumbers(numTokens, genEmbDim, numClipTokens) / numClipTokens;
  }

  /**
   * Returns the number of rows of {@link #conditioningWidth} numbers that the mapping yields: the conditioning tokens,
   * and where there is a pooled vector one more that holds it, filled up with zeros.
   *
   * @return Q, or Q + 1
   */
  public int conditioningRows() {
    return genPooledDim == 0 ? numClipTokens : numClipTokens + 1;
  }

  /**
   * Reads a {@code model_args.json}. Keys that only training uses are ignored.
   *
   * @param path path of the file
   * @return the arguments
   * @throws io.gill.GillException if a key is missing or has a value that no published model has; the message names the
   *     key
   */
  public static ModelArgs read(Path path) {
    ConfigFile config = ConfigFile.read(path);
    require(config, "ret_text_fc_mode", TextFcMode.LINEAR.key()); // gill_mapper crashes in the published retrieval
    if (!config.flag("share_ret_gen", true)) {
      throw config.refuse("share_ret_gen", "only models that retrieve and generate by the same tokens are known");
    }
    if (config.has("text_emb_layers") && !config.integers("text_emb_layers").equals(List.of(-1))) {
      throw config.refuse("text_emb_layers", "only [-1], the last hidden state, is known");
    }
    if (config.has("gen_token_idx") && config.has("retrieval_token_idx")
        && !config.integers("gen_token_idx").equals(config.integers("retrieval_token_idx"))) {
      throw config.refuse("gen_token_idx", "only models that retrieve and generate by the same tokens are known");
    }
    return config.validated(c -> new ModelArgs(
        c.text("opt_version", "facebook/opt-6.7b"),
        c.text("visual_encoder", "openai/clip-vit-large-patch14"),
        c.count("n_visual_tokens"),
        c.count("ret_emb_dim"),
        textFcMode(c),
        c.count("gen_emb_dim"),
        c.count("num_tokens"),
        c.count("num_clip_tokens", MAX_CLIP_TOKENS),
        c.has("gen_pooled_dim") ? c.count("gen_pooled_dim") : 0));
  }

  private static TextFcMode textFcMode(ConfigFile config) {
    String key = config.text("text_fc_mode", TextFcMode.GILL_MAPPER.key());
    return Arrays.stream(TextFcMode.values()).filter(mode -> mode.key().equals(key)).findFirst()
        .orElseThrow(() -> config.refuse("text_fc_mode", "only gill_mapper and linear are known"));
  }

  private static void require(ConfigFile config, String key, String known) {
    if (!config.text(key, known).equals(known)) {
      throw config.refuse(key, "only " + known + " is known");
    }
  }
}
