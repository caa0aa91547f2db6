package io.gill.lm;

import io.gill.concurrent.Closing;
import io.gill.concurrent.OpenFiles;
import io.gill.stage.LanguageModelPlan;
import io.gill.stage.LanguageModelProvider;
import io.gill.stage.Problems;
import io.gill.stage.Tokenizer;
import io.gill.text.JsonTokenizer;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * Recognises and reads snapshots of one family of decoder-only language models. The family's name is the
 * {@code model_type} of its configurations.
 */
public interface DecoderFamily extends LanguageModelProvider {
  /**
   * Reads a configuration.
   *
   * @param file the {@code config.json}
   * @return the configuration
   * @throws io.gill.GillException if a key is missing or has a value that is not supported
   */
  DecoderConfig config(Path file);

  @Override
  default Set<String> types() {
    return Set.of(family());
  }

  /** {@inheritDoc} The default reads {@code tokenizer.json}. */
  @Override
  default Tokenizer tokenizer(Path snapshot, int imageTokens) {
    return JsonTokenizer.load(snapshot, imageTokens);
  }

  @Override
  default Optional<LanguageModelPlan> plan(Path snapshot, Problems problems) {
    DecoderSnapshot decoder = problems.attempt(() -> DecoderSnapshot.of(snapshot, this));
    TensorFile weights = problems.attempt(() -> Snapshot.open(snapshot));
    if (decoder == null || weights == null) {
      Closing.closeAll(Arrays.asList(weights));
      return Optional.empty();
    }
    return Optional.of(new DecoderPlan(decoder, weights, OpenFiles.of(weights)));
  }
}
