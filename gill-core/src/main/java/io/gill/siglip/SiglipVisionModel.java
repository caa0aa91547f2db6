package io.gill.siglip;

import com.google.common.collect.Lists;
import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.image.ImageProcessor;
import io.gill.image.NaflexProcessor;
import io.gill.image.NaflexProcessor.Patches;
import io.gill.siglip.SiglipVisionPlan.Preprocessing;
import io.gill.stage.OutputCheck;
import io.gill.stage.Problems;
import io.gill.stage.StageSettings;
import io.gill.stage.VisionEncoder;
import io.gill.torch.ModelMemory;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Torch;
import io.gill.torch.Weights;
import io.gill.weights.TensorFile;
import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The vision encoder of SigLIP (Zhai et al. 2023, arXiv 2303.15343) and SigLIP 2 (Tschannen et al. 2025, arXiv
 * 2502.14786), from a Hugging Face snapshot of the whole model or of the encoder. SigLIP 2's NaFlex variant keeps the
 * proportions of an image. Axes: B images, T patches, C channels.
 */
public final class SiglipVisionModel implements VisionEncoder {
  /** Maximum number of images in one batch, which limits the memory for activations. */
  private static final int IMAGES_AT_ONCE = 16;

  private final SiglipVisionConfig config;
  private final Preprocessing preprocessing;
  private final Device device;
  private final Precision precision;
  final SiglipVisionNetwork network;
  final ModelMemory memory;

  private SiglipVisionModel(
      Weights w, SiglipVisionConfig config, Preprocessing preprocessing, StageSettings settings, ModelMemory memory) {
    this.config = config;
    this.preprocessing = preprocessing;
    this.device = settings.device();
    this.precision = settings.precision();
    this.memory = memory;
    this.network = new SiglipVisionNetwork(config, w);
  }

  /**
   * Loads a snapshot. The text encoder of a whole model is ignored.
   *
   * @param dir the folder with {@code config.json}, {@code preprocessor_config.json} and the weights
   * @param device the device to compute on
   * @param precision the type to compute in
   * @return the encoder, to be closed by the caller
   * @throws GillException if the files are missing, damaged, or describe another kind of model
   */
  public static SiglipVisionModel load(Path dir, Device device, Precision precision) {
    return Problems.require(dir + " is not a usable snapshot of SigLIP", problems -> SiglipVisionPlan.of(dir, problems))
        .load(new StageSettings(device, precision));
  }

  static SiglipVisionModel load(
      SiglipVisionConfig config, Preprocessing preprocessing, TensorFile file, StageSettings settings) {
    return ModelMemory.load("vision encoder", file, memory -> {
      Torch.require(settings.device());
      Weights w = Weights.of(file, memory.owner(), settings.device(), settings.precision())
          .reportTo(settings.loaded()).at("vision_model");
      return new SiglipVisionModel(w, config, preprocessing, settings, memory);
    });
  }

  /** {@inheritDoc} Empty in NaFlex. */
  @Override
  public Optional<Dimension> imageSize() {
    return config.naflex()
        ? Optional.empty() : Optional.of(new Dimension(config.imageSize(), config.imageSize()));
  }

  @Override
  public float[][] encode(List<BufferedImage> images) {
    memory.checkOpen();
    NaflexProcessor naflex = preprocessing.naflex();
    if (naflex != null) {
      return images.stream().map(naflex::patches).map(this::encode).toArray(float[][]::new);
    }
    ImageProcessor processor = Objects.requireNonNull(preprocessing.fixed());
    return Lists.partition(images, IMAGES_AT_ONCE).stream()
        .flatMap(some -> Arrays.stream(encode(processor.pixelValues(some), some.size())))
        .toArray(float[][]::new);
  }

  /** Encodes preprocessed images of the fixed size, (batch, 3, size, size) row-major. */
  float[][] encode(float[] pixels, int batch) {
    return pooled(() -> embed(pixels, batch));
  }

  /** Encodes one preprocessed image with a NaFlex encoder. */
  float[] encode(Patches patches) {
    return pooled(() -> embed(patches))[0];
  }

  private float[][] pooled(Supplier<Tensor> embedded) {
    OutputCheck outputs = new OutputCheck("vision encoder", precision);
    return memory.use(() -> Scope.compute("encoding images", () ->
        outputs.finite("pooled output", network.pool(network.last(embedded.get())).toRows()))); // (B, C)
  }

  Tensor embed(float[] pixels, int batch) {
    int size = config.imageSize();
    return network.embed(Tensor.of(pixels, batch, 3, size, size).to(precision, device)); // (B, T, C)
  }

  Tensor embed(Patches patches) {
    int width = 3 * config.patchSize() * config.patchSize();
    Tensor one = Tensor.of(patches.values(), 1, (long) patches.rows() * patches.columns(), width);
    return network.embed(one.to(precision, device), patches.rows(), patches.columns()); // (1, T, C)
  }

  @Override
  public void close() {
    memory.close();
  }
}
