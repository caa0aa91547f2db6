package io.gill.lm;

import io.gill.Precision;
import io.gill.Quantization;
import io.gill.concurrent.OpenFiles;
import io.gill.stage.LanguageModel;
import io.gill.stage.LanguageModelPlan;
import io.gill.stage.LoadCost;
import io.gill.stage.StageSettings;
import io.gill.stage.Width;
import io.gill.torch.RowwiseFormat;
import io.gill.torch.Weights;
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
  public LoadCost cost(StageSettings settings) {
    boolean dense = RowwiseFormat.quantization(weights.names()) == Quantization.NONE
        && settings.quantization() == Quantization.NONE;
    return Weights.cost(weights, dense ? settings
        : new StageSettings(settings.device(), Precision.FLOAT32, settings.quantization()));
  }

  @Override
  public void close() {
    files.close();
  }
}
