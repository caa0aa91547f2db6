package io.gill.opt;

import io.gill.lm.DecoderConfig;
import io.gill.lm.DecoderFamily;
import io.gill.stage.Tokenizer;
import io.gill.text.OptTokenizer;
import java.nio.file.Path;

/** OPT (Zhang et al. 2022, arXiv 2205.01068), the language model of the published GILL. */
public final class OptFamily implements DecoderFamily {
  /** Called by {@link java.util.ServiceLoader}. */
  public OptFamily() {}

  @Override
  public String family() {
    return "opt";
  }

  @Override
  public DecoderConfig config(Path file) {
    return OptConfig.read(file);
  }

  @Override
  public Tokenizer tokenizer(Path snapshot, int imageTokens) {
    return OptTokenizer.load(snapshot, imageTokens);
  }
}
