package io.gill.llama;

import io.gill.llama.LlamaConfig.Variant;
import io.gill.lm.DecoderConfig;
import io.gill.lm.DecoderFamily;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;

/** Llama 2 (Touvron et al. 2023, arXiv 2307.09288) and Llama 3 (arXiv 2407.21783). */
public final class LlamaFamily implements DecoderFamily {
  /** Called by {@link java.util.ServiceLoader}. */
  public LlamaFamily() {}

  @Override
  public String family() {
    return "llama";
  }

  @Override
  public DecoderConfig config(Path file) {
    ConfigFile c = ConfigFile.read(file);
    boolean bias = c.flag("attention_bias", false);
    return LlamaConfig.read(c, c.count("hidden_size") / c.count("num_attention_heads"), new Variant(
        bias, bias, c.flag("mlp_bias", false), false, Variant.windows(c, Variant.ALL)));
  }
}
