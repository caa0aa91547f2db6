package io.gill.lm;

import io.gill.concurrent.OpenFiles;
import io.gill.stage.LanguageModel;
import io.gill.stage.LanguageModelPlan;
import io.gill.stage.StageSettings;
import io.gill.stage.Width;
import io.gill.weights.TensorFile;

/** A decoder whose configuration has been read and whose weights are open. */
record DecoderPlan(DecoderSnapshot snapshot, TensorFile weights, OpenFiles files) implements LanguageModelPlan {
  @Override
  public Width embeddingWidth() {
    return new Width(
        snapshot.folder().resolve("config.json") + ": " + snapshot.config().widthKey(), snapshot.shape().width());
  }

  @Override
  public LanguageModel load(StageSettings settings, int vocabularySize, float[][] imageTokenRows) {
    files.take();
    return DecoderModel.load(snapshot, weights, settings, vocabularySize, imageTokenRows);
  }

  @Override
  public void close() {
    files.close();
  }
}
