package io.gill.examples;

import io.gill.CachePrecision;
import io.gill.Device;
import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.RespondOptions;
import io.gill.diffusion.StableDiffusion;
import io.gill.diffusion.StableDiffusionOptions;
import io.gill.torch.FastestPrecision;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jline.terminal.spi.SystemStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Command-line options for loading a model. */
public final class ModelOptions {
  @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
  private CommandLine.Model.@Nullable CommandSpec command;

  @Mixin private DeviceOptions computing = new DeviceOptions();

  @Option(
      names = "--generator-precision",
      paramLabel = "TYPE",
      converter = GeneratorPrecisionConverter.class,
      description = "float32, bfloat16, float16, or auto, which measures whether this CPU generates images faster in "
          + "bfloat16 than in float32; by default as --precision.")
  private @Nullable GeneratorPrecision generatorPrecision;

  @Option(
      names = "--quantization",
      paramLabel = "TYPE",
      converter = QuantizationConverter.class,
      description = "none (default), int8 or int4: quantise the language model while loading it.")
  private Quantization quantization = Quantization.NONE;

  @Option(
      names = "--cache-precision",
      paramLabel = "TYPE",
      converter = CachePrecisionConverter.class,
      description = "float32 (default), bfloat16, float16 or int8: precision of the key/value cache on the CPU. "
          + "16 bits take half the memory, int8 about a quarter.")
  private CachePrecision cachePrecision = CachePrecision.FLOAT32;

  @Option(names = "--no-retrieval", description = "Do not load the collection of images.")
  private boolean noRetrieval;

  @Option(names = "--no-generation", description = "Do not load the image generator.")
  private boolean noGeneration;

  @Option(
      names = "--few-steps",
      description = "Merge sd/pytorch_lora_weights.safetensors, a LoRA for few steps such as LCM-LoRA, into the image "
          + "generator. Images then take 4 steps of lcm without guidance unless other options change this.")
  private boolean fewSteps;

  @Option(
      names = "--tiny-autoencoder",
      paramLabel = "PATH",
      description = "Decode generated images with a tiny autoencoder, in a fraction of the time: a folder with "
          + "diffusers' AutoencoderTiny, or taesd_decoder.pth.")
  private @Nullable Path tinyAutoencoder;

  /**
   * Returns the device.
   *
   * @return the device to compute on
   */
  public Device device() {
    return computing.device;
  }

  Precision precision() {
    return computing.precision;
  }

  /** The image generator's precision. */
  Precision generatorPrecision() {
    return generatorPrecision == null ? computing.precision : generatorPrecision.on(computing.device);
  }

  enum GeneratorPrecision {
    AUTO, FLOAT32, BFLOAT16, FLOAT16;

    Precision on(Device device) {
      return this == AUTO ? FastestPrecision.on(device) : Precision.valueOf(name());
    }
  }

  Quantization quantization() {
    return quantization;
  }

  CachePrecision cachePrecision() {
    return cachePrecision;
  }

  /**
   * Loads a model.
   *
   * @param directory the model directory
   * @return the model, to be closed by the caller
   */
  public GillModel load(Path directory) {
    return load(directory, builder -> builder);
  }

  /** Loads a model with a builder that is completed before. */
  GillModel load(Path directory, UnaryOperator<GillModel.Builder> settings) {
    boolean changed = !noGeneration && (fewSteps || tinyAutoencoder != null);
    LoadOptions options = LoadOptions.builder()
        .device(computing.device).precision(computing.precision)
        .generatorPrecision(generatorPrecision()).quantization(quantization)
        .cachePrecision(cachePrecision)
        .retrieval(!noRetrieval).generation(!noGeneration && !changed)
        .listener(loadingLine())
        .build();
    if (!changed) {
      return settings.apply(GillModel.builder().directory(directory, options)).build();
    }
    StableDiffusion generator = generator(directory);
    try {
      return settings.apply(GillModel.builder().directory(directory, options).imageGenerator(generator)).build();
    } catch (RuntimeException e) {
      generator.close();
      throw e;
    }
  }

  private StableDiffusion generator(Path directory) {
    StableDiffusionOptions.Builder changes =
        StableDiffusionOptions.builder().device(computing.device).precision(generatorPrecision());
    if (fewSteps) {
      FewStepGenerator.merged(directory, changes);
    }
    if (tinyAutoencoder != null) {
      changes.tinyAutoencoder(tinyAutoencoder);
    }
    return StableDiffusion.load(directory.resolve("sd"), changes.build());
  }

  private LoadingLine loadingLine() {
    PrintWriter err = Objects.requireNonNull(command).commandLine().getErr();
    return new LoadingLine(
        new StatusLine(err, () -> ChatTerminal.isTerminal(SystemStream.Error), System::nanoTime), System::nanoTime);
  }

  /**
   * Returns the options of a reply that suit the model.
   *
   * @param model the loaded model
   * @return the options
   */
  public RespondOptions replies(GillModel model) {
    RespondOptions defaults = model.defaults();
    return fewSteps ? defaults.toBuilder().diffusion(FewStepGenerator.options()).build() : defaults;
  }

  /**
   * Describes the options. Reads the tiny autoencoder, if there is one, since another may get the same path.
   *
   * @return values by name
   * @throws io.gill.GillException if the tiny autoencoder cannot be read
   */
  public Map<String, String> describe() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("device", computing.device.toString());
    facts.put("precision", Choice.name(computing.precision));
    facts.put("generatorPrecision", Choice.name(generatorPrecision()));
    facts.put("quantization", Choice.name(quantization));
    facts.put("cachePrecision", Choice.name(cachePrecision));
    facts.put("retrieval", noRetrieval ? "off" : "on");
    facts.put("generation", noGeneration ? "off" : fewSteps ? "few steps" : "on");
    facts.put("autoencoder", tinyAutoencoder == null ? "the model's"
        : "tiny, " + tinyAutoencoder.toAbsolutePath().normalize() + " with the hash "
            + ModelFingerprint.of(tinyAutoencoder));
    return facts;
  }

  static final class PrecisionConverter extends Choice<Precision> {
    PrecisionConverter() {
      super(Precision.class);
    }
  }

  static final class GeneratorPrecisionConverter extends Choice<GeneratorPrecision> {
    GeneratorPrecisionConverter() {
      super(GeneratorPrecision.class);
    }
  }

  static final class CachePrecisionConverter extends Choice<CachePrecision> {
    CachePrecisionConverter() {
      super(CachePrecision.class);
    }
  }

  static final class QuantizationConverter extends Choice<Quantization> {
    QuantizationConverter() {
      super(Quantization.class);
    }
  }
}
