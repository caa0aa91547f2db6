package io.gill.diffusion;

import com.google.common.base.Suppliers;
import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.concurrent.Closing;
import io.gill.diffusion.network.ClipTextEncoder;
import io.gill.diffusion.network.LatentDecoder;
import io.gill.diffusion.network.LatentEncoder;
import io.gill.diffusion.network.Pixels;
import io.gill.diffusion.network.UNet;
import io.gill.diffusion.scheduler.Scheduler;
import io.gill.diffusion.scheduler.SchedulerConfig;
import io.gill.diffusion.scheduler.SchedulerRequest;
import io.gill.diffusion.scheduler.Schedulers;
import io.gill.stage.Conditioning;
import io.gill.stage.ImageGenerator;
import io.gill.stage.OutputCheck;
import io.gill.stage.Problems;
import io.gill.stage.StageSettings;
import io.gill.text.ClipTokenizer;
import io.gill.torch.ModelMemory;
import io.gill.torch.NoiseGenerator;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Torch;
import io.gill.torch.Weights;
import io.gill.weights.TensorFile;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Stable Diffusion 1.x and 2.x (Rombach et al. 2022, arXiv 2112.10752) from a diffusers snapshot: images from
 * embeddings, as GILL's mapper makes them, or from a prompt. With the same seed it draws the noise that diffusers
 * draws on a CPU.
 *
 * <p>Thread-safe; {@link #close} waits for calls that are under way, and throws {@link IllegalStateException} in a
 * listener of one.
 */
public final class StableDiffusion implements ImageGenerator {
  /** How many images go through the UNet at once, the published number: noise is drawn once a batch. */
  private static final int MAX_BATCH = 8;

  private final ClipTextEncoder textEncoder;
  private final UNet unet;
  private final LatentEncoder encoder;
  private final LatentDecoder decoder;
  private final int latentChannels;
  private final int factor;
  private final ClipTokenizer tokenizer;
  private final SchedulerConfig schedulerConfig;
  private final ModelMemory memory;
  private final Precision precision;

  /** The embedding of the empty prompt, which nearly every run moves away from. */
  private final Supplier<float[][]> emptyPrompt = Suppliers.memoize(() -> encode(""));

  private StableDiffusion(StableDiffusionFiles files, ModelMemory memory, Device device, Precision precision) {
    this.memory = memory;
    this.precision = precision;
    Function<TensorFile, Weights> weights = file ->
        Weights.of(file, memory.owner(), device, precision, files.adapters().changes(file));
    tokenizer = files.textEncoder().tokenizer();
    schedulerConfig = files.schedulerConfig();
    textEncoder = new ClipTextEncoder(files.textEncoder().config(), weights.apply(files.textEncoder().weights()));
    unet = new UNet(files.unetConfig(), weights.apply(files.unet()));
    Autoencoder autoencoder = files.autoencoder().load(weights);
    encoder = autoencoder.encoder();
    decoder = autoencoder.decoder();
    latentChannels = files.autoencoder().latentChannels();
    factor = files.autoencoder().factor();
    Closing.closeAll(files.adapterFiles()); // merged, and no longer needed
  }

  /**
   * Loads a snapshot.
   *
   * @param dir the folder with {@code model_index.json} and the folders {@code unet}, {@code vae},
   *     {@code text_encoder}, {@code tokenizer} and {@code scheduler}
   * @param device where to compute
   * @param precision in which type; where it is the file's and the device is the CPU, the weights stay memory-mapped
   * @return the generator, which the caller closes
   * @throws GillException if parts are missing, damaged, do not fit each other or are not supported; everything that is
   *     wrong with the snapshot's files is named at once
   */
  public static StableDiffusion load(Path dir, Device device, Precision precision) {
    return load(dir, StableDiffusionOptions.DEFAULT.withDevice(device).withPrecision(precision));
  }

  /**
   * Loads a snapshot, with parts of it replaced.
   *
   * @param dir as for {@link #load(Path, Device, Precision)}; its {@code vae} may hold diffusers' {@code AutoencoderTiny}
   * @param options where and in which type to compute, and what replaces parts of the snapshot
   * @return the generator, which the caller closes
   * @throws GillException as {@link #load(Path, Device, Precision)}, also of what the options name
   */
  public static StableDiffusion load(Path dir, StableDiffusionOptions options) {
    Problems problems = new Problems();
    Optional<StableDiffusionFiles> files = StableDiffusionFiles.open(dir, options, problems);
    problems.throwIfAny(dir + " is no usable snapshot of Stable Diffusion");
    return new StableDiffusionPlan(files.orElseThrow())
        .load(new StageSettings(options.device(), options.precision()));
  }

  static StableDiffusion load(StableDiffusionFiles files, List<AutoCloseable> open, StageSettings settings) {
    return ModelMemory.load("image generator", open, memory -> {
      Torch.require(settings.device());
      return new StableDiffusion(files, memory, settings.device(), settings.precision());
    });
  }

  @Override
  public int conditioningSize() {
    return unet.config().crossAttentionDim();
  }

  /**
   * Refuses options before anything is computed with them.
   *
   * @throws IllegalArgumentException if a size is not a multiple of the autoencoder's factor, or the scheduler has no η
   *     or not so many steps
   * @throws GillException if the model's scheduler configuration asks of this scheduler what is not supported
   */
  @Override
  public void check(DiffusionOptions options) {
    pixels("width", options.width());
    pixels("height", options.height());
    scheduler(options, 1);
  }

  @Override
  public Noise noise(long seed) {
    NoiseGenerator generator = new NoiseGenerator(seed);
    return generator::normal;
  }

  /**
   * Generates images from embeddings.
   *
   * @param conditioning as many token rows as a prompt has (77) of {@link #conditioningSize} values; a pooled vector is
   *     ignored
   * @param count how many images, at least 1; at most 8 are computed at once, each such batch drawing its own noise
   * @param options guidance, steps, size, scheduler, negative prompt
   * @param noise where the noise comes from: (n, 4, height / 8, width / 8) values in one call for each batch of n, and
   *     as many again each step with η above 0
   * @param listener hears of every step of every batch and may stop
   * @return the images, in the order of their noise, {@link BufferedImage#TYPE_INT_RGB}
   * @throws java.util.concurrent.CancellationException if the listener stopped it
   * @throws IllegalArgumentException if the conditioning has another shape or holds NaN or infinity, or as
   *     {@link #check}
   * @throws GillException if the UNet, the scheduler or the autoencoder computes NaN or infinity
   */
  @Override
  public List<BufferedImage> generate(
      Conditioning conditioning, int count, DiffusionOptions options, Noise noise, StepListener listener) {
    checkConditioning(conditioning);
    if (count < 1) {
      throw new IllegalArgumentException("count is " + count + ": use 1 or more");
    }
    int width = pixels("width", options.width());
    int height = pixels("height", options.height());
    return memory.use(() -> {
      Denoiser.Conditioning both = guidance(conditioning.tokens(), options);
      int batches = (count + MAX_BATCH - 1) / MAX_BATCH;
      List<BufferedImage> images = new ArrayList<>();
      for (int batch = 0; batch < batches; batch++) {
        int n = Math.min(MAX_BATCH, count - batch * MAX_BATCH);
        Scheduler scheduler = scheduler(options, n);
        int steps = scheduler.timesteps().length;
        int before = batch * steps;
        float[] latents = denoiser().run(both, scheduler, latentShape(n, height, width), noise,
            (step, unused) -> listener.onStep(before + step + 1, batches * steps));
        for (float[] planes : decode(latents, height, width)) {
          images.add(Pixels.toImage(planes, width, height));
        }
      }
      return images;
    });
  }

  /**
   * Generates images from a prompt.
   *
   * @param prompt what the image shows; what exceeds the text encoder's 77 tokens is cut off
   * @param count as for {@link #generate(Conditioning, int, DiffusionOptions, Noise, StepListener)}
   * @param options likewise
   * @param noise likewise
   * @param listener likewise
   * @return likewise
   */
  public List<BufferedImage> generate(
      String prompt, int count, DiffusionOptions options, Noise noise, StepListener listener) {
    return generate(encodePrompt(prompt), count, options, noise, listener);
  }

  /**
   * Encodes a prompt as the UNet is conditioned on it; also the target that GILL's mapper is trained towards.
   *
   * @param prompt any text; what exceeds the text encoder's 77 tokens is cut off
   * @return tokens (77, C), the text encoder's last hidden state after its final norm; no pooled vector
   * @throws GillException if it holds NaN or infinity
   */
  public Conditioning encodePrompt(String prompt) {
    return memory.use(() -> Conditioning.of(encode(prompt)));
  }

  /**
   * Encodes an image into the latents that {@link #generate} ends with before it decodes.
   *
   * @param image both sizes multiples of the autoencoder's factor (8); transparency is ignored
   * @return the most likely latents (4, height / 8, width / 8), row-major, multiplied by the scaling factor
   * @throws IllegalArgumentException if a size is no such multiple
   * @throws GillException if the latents hold NaN or infinity
   */
  public float[] encode(BufferedImage image) {
    int width = pixels("width", image.getWidth());
    int height = pixels("height", image.getHeight());
    return memory.use(() -> Scope.compute("encoding an image", () -> {
      Tensor planes = Tensor.of(Pixels.fromImage(image), 1, 3, height, width);
      return outputs("autoencoder").finite("latents",
          encoder.encode(planes).mean().to(Precision.FLOAT32).mul(encoder.scalingFactor()).toFloats());
    }));
  }

  /**
   * The parts one by one, for comparison with other implementations.
   *
   * @return a view of this generator, which stays open
   */
  public Inspection inspection() {
    return new Inspection(this, textEncoder, encoder, decoder, memory);
  }

  @Override
  public void close() {
    memory.close();
  }

  // ---- package-private: what the tests compare with the reference step by step

  /** (N, 4, h, w) → N images of (3, height, width) from −1 to 1, decoded one at a time to need less memory. */
  List<float[]> decode(float[] latents, int height, int width) {
    int[] shape = latentShape(1, height, width);
    int size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    List<float[]> images = new ArrayList<>();
    for (int from = 0; from < latents.length; from += size) {
      float[] one = Arrays.copyOfRange(latents, from, from + size);
      images.add(Scope.compute("decoding an image", () -> {
        Tensor scaled = Tensor.of(one, 1, shape[1], shape[2], shape[3]).div(decoder.scalingFactor()); // (1, 4, h, w)
        return outputs("autoencoder").finite("picture", decoder.decode(scaled).toFloats()); // (1, 3, height, width)
      }));
    }
    return images;
  }

  Scheduler scheduler(DiffusionOptions options, int batchSize) {
    return Schedulers.create(schedulerConfig, SchedulerRequest.of(options, batchSize));
  }

  int[] latentShape(int n, int height, int width) {
    return new int[] {n, latentChannels, height / factor, width / factor};
  }

  Denoiser denoiser() {
    return new Denoiser(unet, outputs("UNet"));
  }

  UNet unet() {
    return unet;
  }

  // ---- helpers

  Denoiser.Conditioning guidance(float[][] conditioning, DiffusionOptions options) {
    boolean guided = options.guidanceScale() > 1;
    return new Denoiser.Conditioning(
        conditioning, guided ? negative(options.negativePrompt()) : null, options.guidanceScale());
  }

  private float[][] negative(String prompt) {
    return prompt.isEmpty() ? emptyPrompt.get() : encode(prompt);
  }

  private float[][] encode(String prompt) {
    return outputs("text encoder").finite("hidden states", textEncoder.encode(tokenizer.encodePadded(prompt)));
  }

  private OutputCheck outputs(String part) {
    return new OutputCheck(part, precision);
  }

  private void checkConditioning(Conditioning given) {
    float[][] conditioning = given.tokens();
    int rows = textEncoder.config().maxPositionEmbeddings();
    if (conditioning.length != rows) {
      throw new IllegalArgumentException(
          "the conditioning has " + conditioning.length + " rows: this model takes " + rows);
    }
    for (float[] row : conditioning) {
      if (row.length != conditioningSize()) {
        throw new IllegalArgumentException("the conditioning has rows of " + row.length
            + " values: this model takes " + conditioningSize() + " (cross_attention_dim)");
      }
      for (float value : row) {
        if (!Float.isFinite(value)) {
          throw new IllegalArgumentException("the conditioning holds " + value + ": use finite numbers");
        }
      }
    }
  }

  int pixels(String which, int asked) {
    if (asked == 0) {
      return Math.multiplyExact(unet.config().sampleSize(), factor);
    }
    if (asked % factor != 0) {
      int above = (asked / factor + 1) * factor;
      String nearest = asked < factor ? "" + above : (above - factor) + " or " + above;
      throw new IllegalArgumentException(which + " is " + asked + ": use a multiple of " + factor + ", as " + nearest);
    }
    return asked;
  }
}
