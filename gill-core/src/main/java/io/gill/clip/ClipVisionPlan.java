package io.gill.clip;

import io.gill.concurrent.Closing;
import io.gill.concurrent.OpenFiles;
import io.gill.image.ImageProcessor;
import io.gill.stage.LoadCost;
import io.gill.stage.Problems;
import io.gill.stage.StageSettings;
import io.gill.stage.VisionEncoderPlan;
import io.gill.stage.Width;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** A CLIP snapshot whose files are open and validated. */
final class ClipVisionPlan implements VisionEncoderPlan {
  private final Path dir;
  private final ClipVisionConfig config;
  private final ImageProcessor processor;
  private final TensorFile weights;
  private final OpenFiles files;

  private ClipVisionPlan(Path dir, ClipVisionConfig config, ImageProcessor processor, TensorFile weights) {
    this.dir = dir;
    this.config = config;
    this.processor = processor;
    this.weights = weights;
    files = OpenFiles.of(weights);
  }

  /** Opens all files; empty, with problems reported, if they cannot be used. */
  static Optional<ClipVisionPlan> of(Path dir, Problems problems) {
    ClipVisionConfig config = problems.attempt(() -> ClipVisionConfig.read(dir.resolve("config.json")));
    Path preprocessor = dir.resolve("preprocessor_config.json");
    ImageProcessor processor = problems.attempt(() -> ImageProcessor.of(preprocessor));
    TensorFile weights = problems.attempt(() -> Snapshot.open(dir));
    boolean fits = config != null && processor != null && fits(preprocessor, config, processor, problems);
    if (config == null || processor == null || weights == null || !fits) {
      Closing.closeAll(Arrays.asList(weights));
      return Optional.empty();
    }
    return Optional.of(new ClipVisionPlan(dir, config, processor, weights));
  }

  private static boolean fits(
      Path preprocessor, ClipVisionConfig config, ImageProcessor processor, Problems problems) {
    int size = config.imageSize();
    if (processor.width() == size && processor.height() == size) {
      return true;
    }
    problems.add(preprocessor + " makes pictures of " + processor.width() + "x" + processor.height()
        + " pixels, but the encoder's image_size is " + size);
    return false;
  }

  @Override
  public Width width() {
    return new Width(
        dir.resolve("config.json") + ": hidden_size of the vision encoder", config.encoder().hiddenSize());
  }

  @Override
  public ClipVisionModel load(StageSettings settings) {
    files.take();
    return ClipVisionModel.load(config, processor, weights, settings);
  }

  @Override
  public LoadCost cost(StageSettings settings) {
    return Weights.cost(weights, settings);
  }

  @Override
  public void close() {
    files.close();
  }
}
