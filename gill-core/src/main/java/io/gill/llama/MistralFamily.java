package io.gill.llama;

import io.gill.llama.LlamaConfig.Variant;
import io.gill.lm.DecoderConfig;
import io.gill.lm.DecoderFamily;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;

/** Mistral (Jiang et al. 2023, arXiv 2310.06825): a Llama with an optional sliding window. */
public final class MistralFamily implements DecoderFamily {
  /** Called by {@link java.util.ServiceLoader}. */
  public MistralFamily() {}

  @Override
  public String family() {
    return "mistral";
  }

  @Override
  public DecoderConfig config(Path file) {
    ConfigFile c = ConfigFile.read(file);
    return LlamaConfig.read(c, c.count("hidden_size") / c.count("num_attention_heads"), new Variant(
        false, false, false, false, Variant.windows(c, Variant.slidingWindow(c))));
  }
}
