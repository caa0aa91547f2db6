package io.gill.diffusion;

import com.google.common.base.Suppliers;
import com.google.common.collect.Lists;
import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.DiffusionOptions.Framing;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.clip.ClipTextEncoder;
import io.gill.concurrent.Closing;
import io.gill.diffusion.network.LatentDecoder;
import io.gill.diffusion.network.LatentEncoder;
import io.gill.diffusion.network.Planes;
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
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Stable Diffusion 1.x and 2.x (Rombach et al. 2022, arXiv 2112.10752) and SDXL (Podell et al. 2023, arXiv 2307.01952)
 * from a diffusers snapshot. Generates images from embeddings, such as those of GILL's mapper, or from a prompt. With
 * equal seeds it draws the same noise as diffusers on a CPU.
 *
 * <p>Thread-safe. {@link #close} waits for running calls, and throws {@link IllegalStateException} if a listener calls
 * it.
 */
public final class StableDiffusion implements ImageGenerator {
  /** Maximum batch size, as published: noise is drawn once per batch. */
  private static final int MAX_BATCH = 8;

  private final PromptEncoder prompts;
  private final UNet unet;
  private final LatentEncoder encoder;
  private final LatentDecoder decoder;
  private final int latentChannels;
  private final int factor;
  private final @Nullable LatentColours colours;
  private final SchedulerConfig schedulerConfig;
  private final ModelMemory memory;
  private final OutputCheck unetOutputs;
  private final OutputCheck autoencoderOutputs;

  /** Embedding of the empty prompt, the negative prompt of nearly every run. */
  private final Supplier<Conditioning> emptyPrompt;

  private StableDiffusion(StableDiffusionFiles files, ModelMemory memory, StageSettings settings) {
    Precision precision = settings.precision();
    this.memory = memory;
    unetOutputs = new OutputCheck("UNet", precision);
    schedulerConfig = files.schedulerConfig();
    Function<TensorFile, Weights> weights = file -> weights(files, file, memory, settings, precision);
    prompts = prompts(files, weights, new OutputCheck("text encoder", precision));
    emptyPrompt = Suppliers.memoize(() -> prompts.negative(""));
    unet = new UNet(files.unetConfig(), weights.apply(files.unet()));
    // as the published pipeline of SDXL does
    boolean upcast = files.isXl() && precision == Precision.FLOAT16 && files.autoencoder().forceUpcast();
    Precision own = upcast ? Precision.FLOAT32 : precision;
    autoencoderOutputs = new OutputCheck("autoencoder", own);
    Autoencoder autoencoder = files.autoencoder().load(file -> weights(files, file, memory, settings, own));
    encoder = autoencoder.encoder();
    decoder = autoencoder.decoder();
    latentChannels = files.autoencoder().latentChannels();
    factor = files.autoencoder().factor();
    colours = LatentColours.of(unet.config().crossAttentionDim(), latentChannels).orElse(null);
    Closing.closeAll(files.adapterFiles()); // merged, and no longer needed
  }

  private static Weights weights(
      StableDiffusionFiles files, TensorFile file, ModelMemory memory, StageSettings settings, Precision precision) {
    return Weights.of(file, memory.owner(), settings.device(), precision, files.adapters().changes(file))
        .reportTo(settings.loaded());
  }

  private static PromptEncoder prompts(
      StableDiffusionFiles files, Function<TensorFile, Weights> weights, OutputCheck check) {
    TextEncoderFiles text = files.textEncoders().get(0);
    PromptEncoder.Tower first = new PromptEncoder.Tower(
        text.tokenizer(), new ClipTextEncoder(text.config(), weights.apply(text.weights())));
    if (!files.isXl()) {
      return new PromptEncoder.Single(first, check);
    }
    TextEncoderFiles other = files.textEncoders().get(1);
    PromptEncoder.Tower second = new PromptEncoder.Tower(
        other.tokenizer(), ClipTextEncoder.withProjection(other.config(), weights.apply(other.weights())));
    return new PromptEncoder.Pair(first, second, files.zeroEmptyPrompt(), check);
  }

  /**
   * Loads a snapshot.
   *
   * @param dir the folder with {@code model_index.json} and the folders {@code unet}, {@code vae},
   *     {@code text_encoder}, {@code tokenizer} and {@code scheduler}, for SDXL also {@code text_encoder_2} and
   *     {@code tokenizer_2}
   * @param device device of all parts
   * @param precision type of weights and activations. Weights stay memory-mapped if the file has this type and the
   *     device is the CPU
   * @return the generator, which the caller closes
   * @throws GillException if parts are missing, damaged, unsupported or do not fit each other; the message names all
   *     problems
   */
  public static StableDiffusion load(Path dir, Device device, Precision precision) {
    return load(dir, StableDiffusionOptions.builder().device(device).precision(precision).build());
  }

  /**
   * Loads a snapshot and replaces parts of it.
   *
   * @param dir as for {@link #load(Path, Device, Precision)}; its {@code vae} may hold diffusers'
   *     {@code AutoencoderTiny}
   * @param options device, precision and replaced parts
   * @return the generator, which the caller closes
   * @throws GillException if parts of the snapshot or files of the options are missing, damaged, unsupported or do not
   *     fit each other
   */
  public static StableDiffusion load(Path dir, StableDiffusionOptions options) {
    StableDiffusionFiles files = Problems.require(dir + " is no usable snapshot of Stable Diffusion",
        problems -> StableDiffusionFiles.open(dir, options, problems));
    return new StableDiffusionPlan(files).load(new StageSettings(options.device(), options.precision()));
  }

  static StableDiffusion load(StableDiffusionFiles files, List<AutoCloseable> open, StageSettings settings) {
    return ModelMemory.load("image generator", open, memory -> {
      Torch.require(settings.device());
      return new StableDiffusion(files, memory, settings);
    });
  }

  @Override
  public int conditioningSize() {
    return unet.config().crossAttentionDim();
  }

  @Override
  public int pooledSize() {
    return unet.config().pooledDim();
  }

  /**
   * Rejects options before a run.
   *
   * @throws IllegalArgumentException if a size is not a multiple of the autoencoder's factor, the scheduler has no η or
   *     not that many steps, a mask has no start image or another size than it, or the strength leaves no step or skips
   *     steps that the scheduler needs
   * @throws GillException if the model's scheduler configuration has a value that this scheduler does not support
   */
  @Override
  public void check(DiffusionOptions options) {
    StartImage.check(options);
    pixels("width", options.width());
    pixels("height", options.height());
    Scheduler scheduler = scheduler(options, 1);
    int first = StartImage.firstStep(options);
    String fixed = scheduler.needsFirstStep().orElse(null);
    if (first > 0 && fixed != null) {
      throw new IllegalArgumentException("a start image with strength " + options.strength() + " skips " + first
          + " steps, which " + fixed + " cannot: use strength 1 or another scheduler");
    }
  }

  @Override
  public Noise noise(long seed) {
    NoiseGenerator generator = new NoiseGenerator(seed);
    return generator::normal;
  }

  /**
   * Generates images from embeddings.
   *
   * @param conditioning as many token rows as a prompt has (77) of {@link #conditioningSize} values, and for SDXL the
   *     pooled vector, which other models ignore
   * @param count number of images, at least 1. They are generated in batches of at most 8; each batch draws its own
   *     noise
   * @param options guidance, steps, size, scheduler, negative prompt
   * @param noise source of noise: (n, 4, height / 8, width / 8) values in one call for each batch of n, and
   *     as many again in each step that adds noise. If the autoencoder encodes to a distribution, a start image draws
   *     (4, height / 8, width / 8) values before them, except at strength 1 with a UNet for inpainting, and a mask or
   *     such a UNet draws as many after them
   * @param listener called after every step of every batch and asked before each image is decoded; may stop the run
   * @return the images, in the order of their noise, {@link BufferedImage#TYPE_INT_RGB}
   * @throws java.util.concurrent.CancellationException if the listener stopped it
   * @throws IllegalArgumentException if the conditioning has another shape or holds NaN or infinity, or {@link #check}
   *     rejects the options
   * @throws GillException if the UNet, the scheduler or the autoencoder computes NaN or infinity
   */
  @Override
  public List<BufferedImage> generate(
      Conditioning conditioning, int count, DiffusionOptions options, Noise noise, StepListener listener) {
    checkConditioning(conditioning);
    check(options);
    if (count < 1) {
      throw new IllegalArgumentException("count is " + count + ": use 1 or more");
    }
    int width = pixels("width", options.width());
    int height = pixels("height", options.height());
    return memory.use(() -> {
      Guidance guidance = guidance(conditioning, options);
      StartLatents start = startLatents(options, height, width);
      int batches = (count + MAX_BATCH - 1) / MAX_BATCH;
      List<BufferedImage> images = new ArrayList<>();
      for (int batch = 0; batch < batches; batch++) {
        int n = Math.min(MAX_BATCH, count - batch * MAX_BATCH);
        Scheduler scheduler = scheduler(options, n);
        int[] shape = latentShape(n, height, width);
        int steps = scheduler.timesteps().length - start.step();
        int before = batch * steps;
        float[] latents = denoiser(options).run(guidance, scheduler, shape, start, noise,
            (step, after) -> listener.onStep(before + step + 1, batches * steps,
                () -> preview(after, scheduler, start.step() + step + 1, height, width)));
        for (int i = 0; i < n; i++) {
          if (!listener.proceeds()) {
            throw new CancellationException("image generation was stopped before an image was decoded");
          }
          images.add(Planes.toImage(decode(latents, i, height, width), width, height));
        }
      }
      return images;
    });
  }

  /**
   * Generates images from a prompt.
   *
   * @param prompt description of the image, truncated to the text encoder's 77 tokens
   * @param count number of images, at least 1
   * @param options guidance, steps, size, scheduler, negative prompt
   * @param noise source of noise; see {@link #generate(Conditioning, int, DiffusionOptions, Noise, StepListener)}
   * @param listener called after every step of every batch; may stop the run
   * @return the images, in the order of their noise
   */
  public List<BufferedImage> generate(
      String prompt, int count, DiffusionOptions options, Noise noise, StepListener listener) {
    return generate(encodePrompt(prompt), count, options, noise, listener);
  }

  /**
   * Encodes a prompt into the UNet's conditioning, which is also the target of training GILL's mapper.
   *
   * @param prompt any text, truncated to the text encoder's 77 tokens
   * @return tokens (77, C): the text encoder's last hidden state after its final norm, or for SDXL the hidden states
   *     before the last layer of both encoders; for SDXL also the pooled vector of the second one
   * @throws GillException if it holds NaN or infinity
   */
  public Conditioning encodePrompt(String prompt) {
    return encodePrompt(prompt, prompt);
  }

  /**
   * Encodes different prompts for the two text encoders of SDXL.
   *
   * @param prompt prompt of the first text encoder
   * @param second prompt of the second text encoder
   * @return tokens and pooled vector, as {@link #encodePrompt(String)} returns them
   * @throws GillException if it holds NaN or infinity
   * @throws IllegalArgumentException if the prompts differ and the model has one text encoder
   */
  public Conditioning encodePrompt(String prompt, String second) {
    return memory.use(() -> prompts.encode(prompt, second));
  }

  /**
   * Encodes an image into latents, the inverse of the last step of {@link #generate}.
   *
   * @param image both sizes multiples of the autoencoder's factor (8); transparency is ignored
   * @return the most likely latents (4, height / 8, width / 8), row-major, multiplied by the scaling factor
   * @throws IllegalArgumentException if a size is no such multiple
   * @throws GillException if the latents hold NaN or infinity
   */
  public float[] encode(BufferedImage image) {
    int width = pixels("width", image.getWidth());
    int height = pixels("height", image.getHeight());
    return memory.use(() ->
        autoencoderOutputs.finite("latents", encoded(Planes.fromImage(image), height, width).mostLikely()));
  }

  @Override
  public void close() {
    memory.close();
  }

  // ---- package-private: steps that the inspection runs separately

  /** Gives access to the parts. */
  StableDiffusionInspection inspection() {
    return new StableDiffusionInspection(this, prompts, encoder, decoder, memory);
  }

  /** Shows the latents (N, 4, h, w) before a step, or after the last one. Each image is computed when it is taken. */
  private List<BufferedImage> preview(float[] latents, Scheduler scheduler, int step, int height, int width) {
    float[] scaled = step < scheduler.timesteps().length ? scheduler.scaleModelInput(latents, step) : latents;
    int h = height / factor;
    int w = width / factor;
    IntFunction<BufferedImage> image = colours != null
        ? i -> colours.image(scaled, i, h, w, factor)
        : i -> memory.use(() -> Planes.toImage(decode(scaled, i, height, width), width, height));
    List<Supplier<BufferedImage>> images = IntStream.range(0, scaled.length / (latentChannels * h * w))
        .<Supplier<BufferedImage>>mapToObj(i -> Suppliers.memoize(() -> image.apply(i))).toList();
    return Lists.transform(images, Supplier::get); // many listeners show the first one only
  }

  /** (N, 4, h, w) → N images of (3, height, width) from −1 to 1. */
  List<float[]> decode(float[] latents, int height, int width) {
    int size = Arrays.stream(latentShape(1, height, width)).reduce(1, Math::multiplyExact);
    if (latents.length % size != 0) {
      throw new IllegalArgumentException(
          latents.length + " latents are no images of " + width + "×" + height + ", which have " + size);
    }
    return IntStream.range(0, latents.length / size).mapToObj(i -> decode(latents, i, height, width)).toList();
  }

  /** (N, 4, h, w) → image i of (3, height, width). Images are decoded one at a time to save memory. */
  private float[] decode(float[] latents, int i, int height, int width) {
    int[] shape = latentShape(1, height, width);
    int size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    float[] one = Arrays.copyOfRange(latents, i * size, (i + 1) * size);
    return Scope.compute("decoding an image", () -> {
      Tensor scaled = Tensor.of(one, 1, shape[1], shape[2], shape[3]).div(decoder.scalingFactor()); // (1, 4, h, w)
      return autoencoderOutputs.finite("picture", decoder.decode(scaled).toFloats()); // (1, 3, height, width)
    });
  }

  Scheduler scheduler(DiffusionOptions options, int batchSize) {
    return Schedulers.create(schedulerConfig, SchedulerRequest.of(options, batchSize));
  }

  /** Encodes the start of a request. */
  StartLatents startLatents(DiffusionOptions options, int height, int width) {
    StartImage start = StartImage.of(options, width, height).orElse(null);
    if (unet.config().forInpainting()) {
      return inpainting(start, height, width);
    }
    if (start == null) {
      return new StartLatents(0, null, null, null, autoencoderOutputs);
    }
    return new StartLatents(start.step(), encoded(start.planes(), height, width),
        start.latentMask(height / factor, width / factor), null, autoencoderOutputs);
  }

  /** A UNet for inpainting reads the mask and the rest of the image; without a mask it repaints everything. */
  private StartLatents inpainting(@Nullable StartImage start, int height, int width) {
    float[] mask = start == null ? null : start.latentMask(height / factor, width / factor);
    if (mask == null) {
      mask = new float[height / factor * (width / factor)];
      Arrays.fill(mask, 1);
    }
    float[] planes = start == null ? new float[3 * height * width] : start.visiblePlanes();
    VisibleImage visible = new VisibleImage(mask, encoded(planes, height, width));
    return start == null || start.step() == 0
        ? new StartLatents(0, null, null, visible, autoencoderOutputs)
        : new StartLatents(start.step(), encoded(start.planes(), height, width), null, visible, autoencoderOutputs);
  }

  private EncodedImage encoded(float[] planes, int height, int width) {
    return EncodedImage.of(encoder, planes, height, width);
  }

  int[] latentShape(int n, int height, int width) {
    return new int[] {n, latentChannels, height / factor, width / factor};
  }

  Denoiser denoiser(DiffusionOptions options) {
    return new Denoiser(unet, unetOutputs, options.deepCache());
  }

  int factor() {
    return factor;
  }

  UNet unet() {
    return unet;
  }

  // ---- helpers

  Guidance guidance(Conditioning conditioning, DiffusionOptions options) {
    boolean guided = options.guidanceScale() > 1 && unet.config().timeCondProjDim() == 0;
    return guidance(conditioning, guided ? negative(options.negativePrompt()) : null, options);
  }

  Guidance guidance(Conditioning conditioning, @Nullable Conditioning negative, DiffusionOptions options) {
    int height = pixels("height", options.height());
    int width = pixels("width", options.width());
    Framing framing = options.framing().orElse(new Framing(width, height, 0, 0, width, height));
    return new Guidance(conditioning, negative, options.guidanceScale(), options.guidanceRescale(), sizes(framing),
        sizes(options.negativeFraming().orElse(framing)));
  }

  private static double[] sizes(Framing framing) {
    return new double[] {framing.originalHeight(), framing.originalWidth(), framing.top(), framing.left(),
        framing.targetHeight(), framing.targetWidth()};
  }

  private Conditioning negative(String prompt) {
    return prompt.isEmpty() ? emptyPrompt.get() : prompts.negative(prompt);
  }

  private void checkConditioning(Conditioning given) {
    float[][] conditioning = given.tokens();
    int rows = prompts.length();
    if (conditioning.length != rows) {
      throw new IllegalArgumentException(
          "the conditioning has " + conditioning.length + " rows: this model takes " + rows);
    }
    for (float[] row : conditioning) {
      if (row.length != conditioningSize()) {
        throw new IllegalArgumentException("the conditioning has rows of " + row.length
            + " values: this model takes " + conditioningSize() + " (cross_attention_dim)");
      }
      requireFinite(row);
    }
    int pooled = unet.config().pooledDim();
    if (pooled > 0) {
      if (given.pooled().length != pooled) {
        throw new IllegalArgumentException("the conditioning has a pooled vector of " + given.pooled().length
            + " values: this model takes " + pooled);
      }
      requireFinite(given.pooled());
    }
  }

  private static void requireFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException("the conditioning holds " + value + ": use finite numbers");
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
