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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The vision encoder of SigLIP (Zhai et al. 2023, arXiv 2303.15343) and SigLIP 2 (Tschannen et al. 2025, arXiv
 * 2502.14786), from a Hugging Face snapshot of the whole model or of the encoder. SigLIP 2's NaFlex variant keeps the
 * proportions of an image.
 */
public final class SiglipVisionModel implements VisionEncoder {
  /** Maximum number of images in one batch, which limits the memory for activations. */
  private static final int IMAGES_AT_ONCE = 16;

  private final SiglipVisionConfig config;
  private final Preprocessing preprocessing;
  private final SiglipVisionNetwork network;
  private final Device device;
  private final Precision precision;
  private final ModelMemory memory;

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
    Problems problems = new Problems();
    Optional<SiglipVisionPlan> plan = SiglipVisionPlan.of(dir, problems);
    problems.throwIfAny(dir + " is not a usable snapshot of SigLIP");
    return plan.orElseThrow().load(new StageSettings(device, precision));
  }

  static SiglipVisionModel load(
      SiglipVisionConfig config, Preprocessing preprocessing, TensorFile file, StageSettings settings) {
    return ModelMemory.load("vision encoder", file, memory -> {
      Torch.require(settings.device());
      Weights w = Weights.of(file, memory.owner(), settings.device(), settings.precision()).at("vision_model");
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
      return images.stream().map(naflex::patches).map(this::encodePatches).toArray(float[][]::new);
    }
    ImageProcessor processor = Objects.requireNonNull(preprocessing.fixed());
    return Lists.partition(images, IMAGES_AT_ONCE).stream()
        .flatMap(some -> Arrays.stream(encodePixels(processor.pixelValues(some), some.size())))
        .toArray(float[][]::new);
  }

  /**
   * Encodes preprocessed images of the fixed size.
   *
   * @param pixels (batch, 3, size, size) row-major
   * @param batch number of images
   * @return {@code pooler_output}, (batch, C)
   * @throws GillException if the output contains NaN or infinity
   * @throws IllegalStateException if this is a NaFlex encoder
   */
  public float[][] encodePixels(float[] pixels, int batch) {
    return pooled(() -> network.embed(tensor(pixels, batch)));
  }

  /**
   * Encodes one preprocessed image with a NaFlex encoder.
   *
   * @param patches the image
   * @return {@code pooler_output}, (C)
   * @throws GillException if the output contains NaN or infinity
   * @throws IllegalStateException if the encoder has a fixed size
   */
  public float[] encodePatches(Patches patches) {
    return pooled(() -> network.embed(tensor(patches), patches.rows(), patches.columns()))[0];
  }

  private float[][] pooled(Supplier<Tensor> embedded) {
    OutputCheck outputs = new OutputCheck("vision encoder", precision);
    return memory.use(() -> Scope.compute("encoding images", () ->
        outputs.finite("pooled output", network.pool(network.last(embedded.get())).toRows()))); // (B, C)
  }

  /**
   * Returns the intermediate results of {@link #encodePixels}, for comparison with other implementations.
   *
   * @param pixels (batch, 3, size, size) row-major
   * @param batch number of images
   * @return all hidden states, then {@code last_hidden_state}: (B, T, C) row-major
   */
  public List<float[]> hiddenStates(float[] pixels, int batch) {
    return states(() -> network.embed(tensor(pixels, batch)));
  }

  /**
   * Returns the intermediate results of {@link #encodePatches}, for comparison with other implementations.
   *
   * @param patches the image
   * @return all hidden states, then {@code last_hidden_state}: (T, C) row-major
   */
  public List<float[]> hiddenStates(Patches patches) {
    return states(() -> network.embed(tensor(patches), patches.rows(), patches.columns()));
  }

  private List<float[]> states(Supplier<Tensor> embedded) {
    return memory.use(() -> Scope.compute("encoding images", () -> {
      List<Tensor> states = network.hiddenStates(embedded.get());
      List<float[]> all = new ArrayList<>();
      states.forEach(state -> all.add(state.toFloats()));
      all.add(network.closingNorm(states.get(states.size() - 1)).toFloats());
      return all;
    }));
  }

  private Tensor tensor(float[] pixels, int batch) {
    return Tensor.of(pixels, batch, 3, config.imageSize(), config.imageSize()).to(precision, device);
  }

  private Tensor tensor(Patches patches) {
    int width = 3 * config.patchSize() * config.patchSize();
    return Tensor.of(patches.values(), 1, (long) patches.rows() * patches.columns(), width).to(precision, device);
  }

  @Override
  public void close() {
    memory.close();
  }
}
