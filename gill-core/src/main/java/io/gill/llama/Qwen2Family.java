package io.gill.llama;

import io.gill.llama.LlamaConfig.Variant;
import io.gill.lm.DecoderConfig;
import io.gill.lm.DecoderFamily;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;

/** Qwen 2 and 2.5 (arXiv 2412.15115): a Llama with a bias on queries, keys and values. */
public final class Qwen2Family implements DecoderFamily {
  /** Called by {@link java.util.ServiceLoader}. */
  public Qwen2Family() {}

  @Override
  public String family() {
    return "qwen2";
  }

  @Override
  public DecoderConfig config(Path file) {
    ConfigFile c = ConfigFile.read(file);
    c.only("use_mrope", false);
    return LlamaConfig.read(c, c.count("hidden_size") / c.count("num_attention_heads"), new Variant(
        true, false, false, false, QwenWindows.read(c)));
  }
}
