package io.gill.llama;

import io.gill.llama.LlamaConfig.Variant;
import io.gill.lm.DecoderConfig;
import io.gill.lm.DecoderFamily;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;

/** Qwen 3 (arXiv 2505.09388): a Llama that normalises the queries and keys of every head. */
public final class Qwen3Family implements DecoderFamily {
  /** Published default of {@code head_dim}. */
  private static final int PUBLISHED_HEAD_DIM = 128;

  /** Called by {@link java.util.ServiceLoader}. */
  public Qwen3Family() {}

  @Override
  public String family() {
    return "qwen3";
  }

  @Override
  public DecoderConfig config(Path file) {
    ConfigFile c = ConfigFile.read(file);
    boolean bias = c.flag("attention_bias", false);
    return LlamaConfig.read(c, PUBLISHED_HEAD_DIM, new Variant(bias, bias, false, true, QwenWindows.read(c)));
  }
}
