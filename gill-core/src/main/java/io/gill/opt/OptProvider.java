package io.gill.opt;

import io.gill.concurrent.Closing;
import io.gill.concurrent.OpenFiles;
import io.gill.stage.LanguageModel;
import io.gill.stage.LanguageModelPlan;
import io.gill.stage.LanguageModelProvider;
import io.gill.stage.Problems;
import io.gill.stage.StageSettings;
import io.gill.stage.Tokenizer;
import io.gill.stage.Width;
import io.gill.text.OptTokenizer;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** Loads {@link OptModel} for {@code GillModel.load}. */
public final class OptProvider implements LanguageModelProvider {
  /** Called by {@link java.util.ServiceLoader}. */
  public OptProvider() {}

  @Override
  public String family() {
    return "opt";
  }

  @Override
  public boolean reads(Path snapshot) {
    return Snapshot.declaredType(snapshot).filter("opt"::equals).isPresent();
  }

  @Override
  public Tokenizer tokenizer(Path snapshot, int imageTokens) {
    return OptTokenizer.load(snapshot, imageTokens);
  }

  @Override
  public Optional<LanguageModelPlan> plan(Path snapshot, Problems problems) {
    OptConfig config = problems.attempt(() -> OptConfig.read(snapshot.resolve("config.json")));
    TensorFile weights = problems.attempt(() -> Snapshot.open(snapshot));
    if (config == null || weights == null) {
      Closing.closeAll(Arrays.asList(weights));
      return Optional.empty();
    }
    return Optional.of(new Plan(snapshot, config, weights, OpenFiles.of(weights)));
  }

  private record Plan(Path snapshot, OptConfig config, TensorFile weights, OpenFiles files)
      implements LanguageModelPlan {
    @Override
    public Width embeddingWidth() {
      return new Width(snapshot.resolve("config.json") + ": word_embed_proj_dim", config.wordEmbedProjDim());
    }

    @Override
    public LanguageModel load(StageSettings settings, int vocabularySize, float[][] imageTokenRows) {
      files.take();
      return OptModel.load(config, weights, settings, vocabularySize, imageTokenRows);
    }

    @Override
    public void close() {
      files.close();
    }
  }
}
