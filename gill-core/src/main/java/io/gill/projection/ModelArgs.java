package io.gill.projection;

import io.gill.weights.ConfigFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A published {@code model_args.json}: which frozen parts a model is made of, and the widths of the trained ones.
 *
 * @param optVersion {@code opt_version}: the language model's name at Hugging Face
 * @param visualEncoder {@code visual_encoder}: the vision encoder's name
 * @param nVisualTokens {@code n_visual_tokens}: positions an image takes
 * @param retEmbDim {@code ret_emb_dim}: the retrieval embedding's width, E
 * @param textFcMode {@code text_fc_mode}: how [IMG] tokens become conditioning
 * @param genEmbDim {@code gen_emb_dim}: numbers per token that the mapping yields; see {@link #conditioningWidth}
 * @param numTokens {@code num_tokens}: how many [IMG] tokens there are
 * @param numClipTokens {@code num_clip_tokens}: how many conditioning tokens
 */
public record ModelArgs(
    String optVersion,
    String visualEncoder,
    int nVisualTokens,
    int retEmbDim,
    TextFcMode textFcMode,
    int genEmbDim,
    int numTokens,
    int numClipTokens) {
  /** Stable Diffusion's text encoder has so many positions, and the published code fails beyond them. */
  static final int MAX_CLIP_TOKENS = 77;

  /** Half of OPT's context; published models have 4 for an image and 8 [IMG] tokens. */
  private static final int MAX_TOKENS = 1024;

  /**
   * Checks the counts.
   *
   * @param optVersion as above
   * @param visualEncoder as above
   * @param nVisualTokens as above
   * @param retEmbDim as above
   * @param textFcMode as above
   * @param genEmbDim as above
   * @param numTokens as above
   * @param numClipTokens as above
   */
  public ModelArgs {
    ConfigFile.checkRange("n_visual_tokens", nVisualTokens, 1, MAX_TOKENS);
    ConfigFile.checkRange("ret_emb_dim", retEmbDim, 1, 1 << 16);
    ConfigFile.checkRange("gen_emb_dim", genEmbDim, 1, 1 << 16);
    ConfigFile.checkRange("num_tokens", numTokens, 1, MAX_TOKENS);
    ConfigFile.checkRange("num_clip_tokens", numClipTokens, 1, MAX_CLIP_TOKENS);
    if (textFcMode == TextFcMode.LINEAR && mappedNumbers(numTokens, genEmbDim, numClipTokens) % numClipTokens != 0) {
      throw new IllegalArgumentException("gen_emb_dim is " + genEmbDim + ", but " + numTokens + " (num_tokens) times it "
          + "does not divide into " + numClipTokens + " (num_clip_tokens) conditioning tokens, as text_fc_mode linear needs");
    }
  }

  private static int mappedNumbers(int numTokens, int genEmbDim, int numClipTokens) {
    return Math.min(numTokens, numClipTokens) * genEmbDim;
  }

  /**
   * The width of the conditioning, C: {@code gen_emb_dim} with {@link TextFcMode#GILL_MAPPER}. With
   * {@link TextFcMode#LINEAR} the numbers of all [IMG] tokens are divided among {@code num_clip_tokens} rows.
   *
   * @return C
   */
  public int conditioningWidth() {
    return textFcMode == TextFcMode.GILL_MAPPER
        ? genEmbDim : mappedNumbers(numTokens, genEmbDim, numClipTokens) / numClipTokens;
  }

  /**
   * Reads the file. Keys that only training uses are passed over.
   *
   * @param path {@code model_args.json}
   * @return the arguments
   * @throws io.gill.GillException if a key is missing or has a value that no published model has, with its name
   */
  public static ModelArgs read(Path path) {
    ConfigFile config = ConfigFile.read(path);
    require(config, "ret_text_fc_mode", TextFcMode.LINEAR.key()); // gill_mapper crashes in published retrieval
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
        c.count("num_clip_tokens", MAX_CLIP_TOKENS)));
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
