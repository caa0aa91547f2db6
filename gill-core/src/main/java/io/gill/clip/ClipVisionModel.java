package io.gill.clip;

import com.google.common.collect.Lists;
import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.image.ImageProcessor;
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
import java.util.Optional;

/**
 * The vision tower of CLIP (Radford et al. 2021, arXiv 2103.00020), loaded from a Hugging Face snapshot of the full
 * model or of the tower. Axes: B images, T positions (the class token, then the patches in row-major order), C
 * channels.
 */
public final class ClipVisionModel implements VisionEncoder {
  /** Limits the memory for activations. */
  private static final int PICTURES_AT_ONCE = 16;

  private final ClipVisionConfig config;
  private final ImageProcessor processor;
  private final Device device;
  private final Precision precision;
  final ClipVisionNetwork network;
  final ModelMemory memory;

  private ClipVisionModel(
      Weights w,
      ClipVisionConfig config,
      ImageProcessor processor,
      Device device,
      Precision precision,
      ModelMemory memory) {
    this.config = config;
    this.processor = processor;
    this.device = device;
    this.precision = precision;
    this.memory = memory;
    this.network = new ClipVisionNetwork(config, w);
  }

  /**
   * Loads a snapshot. The text tower and the projections of a full CLIP model are skipped.
   *
   * @param dir a folder with {@code config.json}, {@code preprocessor_config.json} and the weights
   * @param device device to compute on
   * @param precision precision to compute in; weights stay memory-mapped on the CPU if it equals the file's
   * @return the encoder, to be closed by the caller
   * @throws GillException if the files are missing, damaged, or describe another kind of model
   */
  public static ClipVisionModel load(Path dir, Device device, Precision precision) {
    return Problems.require(dir + " is not a usable snapshot of CLIP", problems -> ClipVisionPlan.of(dir, problems))
        .load(new StageSettings(device, precision));
  }

  static ClipVisionModel load(
      ClipVisionConfig config, ImageProcessor processor, TensorFile file, StageSettings settings) {
    return ModelMemory.load("vision encoder", file, memory -> {
      Torch.require(settings.device());
      Weights w = Weights.of(file, memory.owner(), settings.device(), settings.precision())
          .reportTo(settings.loaded()).at("vision_model");
      return new ClipVisionModel(w, config, processor, settings.device(), settings.precision(), memory);
    });
  }

  @Override
  public Optional<Dimension> imageSize() {
    return Optional.of(new Dimension(config.imageSize(), config.imageSize()));
  }

  @Override
  public float[][] encode(List<BufferedImage> images) {
    memory.checkOpen();
    return Lists.partition(images, PICTURES_AT_ONCE).stream()
        .flatMap(some -> Arrays.stream(encode(processor.pixelValues(some), some.size())))
        .toArray(float[][]::new);
  }

  /** Encodes preprocessed images, (batch, channels, size, size) row-major. */
  float[][] encode(float[] pixels, int batch) {
    OutputCheck outputs = new OutputCheck("vision encoder", precision);
    return memory.use(() -> Scope.compute("encoding images", () ->
        outputs.finite("pooled output", network.pooled(tensor(pixels, batch)).toRows()))); // (B, C)
  }

  Tensor tensor(float[] pixels, int batch) {
    int size = config.imageSize();
    return Tensor.of(pixels, batch, config.numChannels(), size, size).to(precision, device);
  }

  @Override
  public void close() {
    memory.close();
  }
}
