package io.gill.siglip;

import io.gill.concurrent.Closing;
import io.gill.concurrent.OpenFiles;
import io.gill.image.ImageProcessor;
import io.gill.image.NaflexProcessor;
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
import org.jspecify.annotations.Nullable;

/** A SigLIP snapshot whose files are open and validated. */
final class SiglipVisionPlan implements VisionEncoderPlan {
  private final Path dir;
  private final SiglipVisionConfig config;
  private final Preprocessing preprocessing;
  private final TensorFile weights;
  private final OpenFiles files;

  /** One of the two image processors. */
  record Preprocessing(@Nullable ImageProcessor fixed, @Nullable NaflexProcessor naflex) {}

  private SiglipVisionPlan(Path dir, SiglipVisionConfig config, Preprocessing preprocessing, TensorFile weights) {
    this.dir = dir;
    this.config = config;
    this.preprocessing = preprocessing;
    this.weights = weights;
    files = OpenFiles.of(weights);
  }

  /** Opens all files. Returns empty if they have problems, which are then reported. */
  static Optional<SiglipVisionPlan> of(Path dir, Problems problems) {
    SiglipVisionConfig config = problems.attempt(() -> SiglipVisionConfig.read(dir.resolve("config.json")));
    Path file = dir.resolve("preprocessor_config.json");
    Preprocessing preprocessing = config == null ? null : preprocessing(config, file, problems);
    TensorFile weights = problems.attempt(() -> Snapshot.open(dir));
    boolean fits = config != null && preprocessing != null && fits(file, config, preprocessing, problems);
    if (config == null || preprocessing == null || weights == null || !fits) {
      Closing.closeAll(Arrays.asList(weights));
      return Optional.empty();
    }
    return Optional.of(new SiglipVisionPlan(dir, config, preprocessing, weights));
  }

  private static @Nullable Preprocessing preprocessing(SiglipVisionConfig config, Path file, Problems problems) {
    return problems.attempt(() -> config.naflex()
        ? new Preprocessing(null, NaflexProcessor.of(file)) : new Preprocessing(ImageProcessor.of(file), null));
  }

  private static boolean fits(
      Path file, SiglipVisionConfig config, Preprocessing preprocessing, Problems problems) {
    ImageProcessor fixed = preprocessing.fixed();
    NaflexProcessor naflex = preprocessing.naflex();
    int size = config.imageSize();
    if (fixed != null && (fixed.width() != size || fixed.height() != size)) {
      problems.add(file + " makes images of " + fixed.width() + "x" + fixed.height()
          + " pixels, but the encoder's image_size is " + size);
      return false;
    }
    if (naflex != null && naflex.patchSize() != config.patchSize()) {
      problems.add(file + ": patch_size is " + naflex.patchSize() + ", but the encoder's is " + config.patchSize());
      return false;
    }
    return true;
  }

  @Override
  public Width width() {
    return new Width(
        dir.resolve("config.json") + ": hidden_size of the vision encoder", config.encoder().hiddenSize());
  }

  @Override
  public SiglipVisionModel load(StageSettings settings) {
    files.take();
    return SiglipVisionModel.load(config, preprocessing, weights, settings);
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
