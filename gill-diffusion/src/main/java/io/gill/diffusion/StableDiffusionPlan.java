package io.gill.diffusion;

import io.gill.concurrent.OpenFiles;
import io.gill.stage.ImageGeneratorPlan;
import io.gill.stage.LoadCost;
import io.gill.stage.StageSettings;
import io.gill.stage.Width;
import io.gill.torch.Weights;

/** The open, checked files of a Stable Diffusion snapshot. */
final class StableDiffusionPlan implements ImageGeneratorPlan {
  private final StableDiffusionFiles files;
  private final OpenFiles open;

  StableDiffusionPlan(StableDiffusionFiles files) {
    this.files = files;
    open = OpenFiles.of(files.open().toArray(AutoCloseable[]::new));
  }

  @Override
  public Width conditioningWidth() {
    return new Width(
        files.dir().resolve("unet/config.json") + ": cross_attention_dim", files.unetConfig().crossAttentionDim());
  }

  @Override
  public Width pooledWidth() {
    return new Width(
        files.dir().resolve("unet/config.json") + ": projection_class_embeddings_input_dim without the sizes",
        files.unetConfig().pooledDim());
  }

  @Override
  public StableDiffusion load(StageSettings settings) {
    return StableDiffusion.load(files, open.take(), settings);
  }

  @Override
  public LoadCost cost(StageSettings settings) {
    return files.weights().map(file -> Weights.cost(file, settings)).reduce(LoadCost.NONE, LoadCost::plus);
  }

  @Override
  public void close() {
    open.close();
  }
}
