package io.gill.clip;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.image.ImageProcessor;
import io.gill.stage.VisionEncoder;
import io.gill.torch.Conv2d;
import io.gill.torch.LayerNorm;
import io.gill.torch.ModelMemory;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Torch;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The vision tower of CLIP (Radford et al. 2021, arXiv 2103.00020) from a Hugging Face snapshot of the whole model or of
 * the tower. Axes: B pictures, T positions (the class token, then the patches row by row), C channels.
 */
public final class ClipVisionModel implements VisionEncoder {
  /** Bounds the memory that activations take. */
  private static final int PICTURES_AT_ONCE = 16;


  private final ClipVisionConfig config;
  private final ImageProcessor processor;
  private final Conv2d patches;
  private final Tensor classToken; // (C)
  private final Tensor positions; // (T, C)
  private final LayerNorm preNorm;
  private final ClipEncoder encoder;
  private final LayerNorm postNorm;
  private final Device device;
  private final Precision precision;
  private final ModelMemory memory;

  private ClipVisionModel(
      Weights w,
      ClipVisionConfig config,
      ImageProcessor processor,
      Device device,
      Precision precision,
      ModelMemory memory) {
    int c = config.encoder().hiddenSize();
    int patch = config.patchSize();
    double eps = config.encoder().layerNormEps();
    this.config = config;
    this.processor = processor;
    this.device = device;
    this.precision = precision;
    this.memory = memory;
    Weights embeddings = w.at("embeddings");
    patches = Conv2d.withoutBias(embeddings.at("patch_embedding"), config.numChannels(), c, patch, patch, 0);
    classToken = embeddings.take("class_embedding", c);
    positions = embeddings.take("position_embedding.weight", config.positions(), c);
    embeddings.ignore(key -> key.endsWith(".position_ids"));
    preNorm = LayerNorm.of(w.at("pre_layrnorm"), c, eps);
    encoder = ClipEncoder.of(w.at("encoder"), config.encoder());
    postNorm = LayerNorm.of(w.at("post_layernorm"), c, eps);
    w.finish("a CLIP vision encoder");
  }

  /**
   * Loads a snapshot. In one of the whole CLIP the text tower and the projections are passed over.
   *
   * @param dir the folder with {@code config.json}, {@code preprocessor_config.json} and the weights
   * @param device where to compute
   * @param precision in which type; where it is the file's and the device is the CPU, the weights stay memory-mapped
   * @return the encoder, which the caller closes
   * @throws GillException if the files are missing, damaged, or describe another kind of model
   */
  public static ClipVisionModel load(Path dir, Device device, Precision precision) {
    ClipVisionConfig config = ClipVisionConfig.read(dir.resolve("config.json"));
    Path preprocessor = dir.resolve("preprocessor_config.json");
    ImageProcessor processor = ImageProcessor.of(preprocessor);
    if (processor.width() != config.imageSize() || processor.height() != config.imageSize()) {
      throw new GillException(preprocessor + " makes pictures of " + processor.width() + "x" + processor.height()
          + " pixels, but the encoder's image_size is " + config.imageSize());
    }
    Torch.require(device);
    TensorFile file = Snapshot.open(dir);
    return ModelMemory.load("vision encoder", file, memory -> {
      Weights w = Weights.of(file, memory.owner(), device, precision).at("vision_model");
      return new ClipVisionModel(w, config, processor, device, precision, memory);
    });
  }

  @Override
  public float[][] encode(List<BufferedImage> images) {
    memory.checkOpen();
    float[][] pooled = new float[images.size()][];
    for (int start = 0; start < pooled.length; start += PICTURES_AT_ONCE) {
      List<BufferedImage> some = images.subList(start, Math.min(pooled.length, start + PICTURES_AT_ONCE));
      int length = config.numChannels() * config.imageSize() * config.imageSize();
      float[] pixels = new float[Math.multiplyExact(some.size(), length)];
      for (int i = 0; i < some.size(); i++) {
        System.arraycopy(processor.pixelValues(some.get(i)), 0, pixels, i * length, length);
      }
      System.arraycopy(encodePixels(pixels, some.size()), 0, pooled, start, some.size());
    }
    return pooled;
  }

  /**
   * Encodes preprocessed pictures.
   *
   * @param pixels (batch, channels, size, size) row-major
   * @param batch how many pictures
   * @return {@code pooler_output}, (batch, C)
   */
  public float[][] encodePixels(float[] pixels, int batch) {
    return memory.use(() -> Scope.compute("encoding images", () -> {
      Tensor last = encoder.apply(embed(pixels, batch), false); // (B, T, C)
      return pool(last).toRows(); // (B, C)
    }));
  }

  /**
   * What {@link #encodePixels} computes on the way, for comparison with other implementations.
   *
   * @param pixels (batch, channels, size, size) row-major
   * @param batch how many pictures
   * @return all hidden states, (B, T, C) row-major, then the pooled output
   */
  public List<float[]> hiddenStates(float[] pixels, int batch) {
    return memory.use(() -> Scope.compute("encoding images", () -> {
      List<Tensor> states = encoder.hiddenStates(embed(pixels, batch), false);
      List<float[]> all = new ArrayList<>();
      states.forEach(state -> all.add(state.toFloats()));
      all.add(pool(states.get(states.size() - 1)).toFloats());
      return all;
    }));
  }

  private Tensor embed(float[] pixels, int batch) {
    int size = config.imageSize();
    Tensor x = Tensor.of(pixels, batch, config.numChannels(), size, size).to(precision, device);
    Tensor p = patches.apply(x).reshape(batch, config.encoder().hiddenSize(), -1).transpose(1, 2); // (B, T - 1, C)
    Tensor c = classToken.expand(batch, 1, -1); // (B, 1, C)
    return preNorm.apply(Tensor.cat(1, c, p).addInPlace(positions)); // (B, T, C)
  }

  private Tensor pool(Tensor last) {
    return postNorm.apply(last.select(1, 0)); // (B, T, C) -> (B, C)
  }

  @Override
  public void close() {
    memory.close();
  }
}
