package io.gill.training;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.gill.GillException;
import io.gill.concurrent.LockFile;
import io.gill.directory.ModelDirectory;
import io.gill.directory.ModelDirectory.Part;
import io.gill.directory.Providers;
import io.gill.lm.DecoderSnapshot;
import io.gill.projection.ModelArgs;
import io.gill.stage.Problems;
import io.gill.stage.StageSettings;
import io.gill.stage.Tokenizer;
import io.gill.stage.VisionEncoder;
import io.gill.stage.VisionEncoderPlan;
import io.gill.stage.VisionEncoderProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Trains the projections of a model on pictures and texts (paper, sections 3 and 4). Projections are the layers between
 * the frozen vision encoder, language model and image generator, and the embeddings of the [IMG] tokens.
 *
 * <pre>{@code
 * TrainingReport report = GillTrainer.builder(model)       // model_args.json, lm/, vision/
 *     .data(TrainingData.read(table, pictures))
 *     .validation(TrainingData.read(otherTable, otherPictures))
 *     .options(TrainingOptions.builder().batchSize(64).build())
 *     .output(folder)
 *     .train(listener);
 * }</pre>
 *
 * <p>The folder receives {@code last/} and {@code best/}, each with {@code model_args.json}, a
 * {@code pretrained_ckpt.pth.tar} that the published code reads, and the same weights as {@code gill.safetensors}. It
 * also receives {@code steps.csv}, {@code validation.csv}, {@code skipped.tsv} and {@code training-state.safetensors}.
 * If the folder has that state, training resumes from it and ends with the same parameters as without the interruption.
 * On CUDA they differ by rounding, as two uninterrupted runs do, because kernels add in any order. With
 * {@link TrainingOptions#publishedDecay} they differ by rounding on any device, since resuming applies the weight decay
 * of all earlier steps at once. One training at a time uses the folder.
 *
 * <p>The features of every used picture are kept in a temporary file below {@code java.io.tmpdir} as long as the
 * training runs, 4 · P bytes each: those of 2.7 million pictures take 11 GB with a vision encoder of width 1,024.
 */
public final class GillTrainer {
  private final Path model;
  final @Nullable Path checkpoint;
  final TrainingData data;
  final @Nullable TrainingData validation;
  final GenerationTargets targets;
  final TrainingOptions options;
  final OutputFolder output;

  private GillTrainer(Builder builder, TrainingData data, Path output) {
    this.model = builder.model;
    this.checkpoint = builder.checkpoint;
    this.data = data;
    this.validation = builder.validation;
    this.targets = builder.targets;
    this.options = builder.options;
    this.output = new OutputFolder(output, model.resolve("model_args.json"));
  }

  /**
   * Starts configuring a training.
   *
   * @param model a model directory: {@code model_args.json}, and the snapshots that it names or contains
   * @return a builder
   */
  public static Builder builder(Path model) {
    return new Builder(model);
  }

  /** Configures and runs a training. Not thread-safe. */
  public static final class Builder {
    private final Path model;
    private @Nullable Path checkpoint;
    private @Nullable TrainingData data;
    private @Nullable TrainingData validation;
    private GenerationTargets targets = GenerationTargets.files();
    private TrainingOptions options = TrainingOptions.defaults();
    private @Nullable Path output;

    private Builder(Path model) {
      this.model = model;
    }

    /**
     * Starts from trained layers instead of new ones.
     *
     * @param value a {@code pretrained_ckpt.pth.tar}, a training checkpoint, or a {@code gill.safetensors}
     * @return this
     */
    public Builder startFrom(Path value) {
      checkpoint = value;
      return this;
    }

    /**
     * Sets the training examples.
     *
     * @param value the examples
     * @return this
     */
    public Builder data(TrainingData value) {
      data = value;
      return this;
    }

    /**
     * Sets the examples for validation after every epoch. Without them there is no best checkpoint.
     *
     * @param value the examples
     * @return this
     */
    public Builder validation(TrainingData value) {
      validation = value;
      return this;
    }

    /**
     * Sets the source of generation targets.
     *
     * @param value the source; {@link GenerationTargets#files} by default
     * @return this
     */
    public Builder targets(GenerationTargets value) {
      targets = value;
      return this;
    }

    /**
     * Sets the training options.
     *
     * @param value the options; the published ones by default
     * @return this
     */
    public Builder options(TrainingOptions value) {
      options = value;
      return this;
    }

    /**
     * Sets the output folder for checkpoints and metrics.
     *
     * @param value a folder, created if missing
     * @return this
     */
    public Builder output(Path value) {
      output = value;
      return this;
    }

    /**
     * Trains.
     *
     * @param listener receives steps and checkpoints, and may stop the training
     * @return the result
     * @throws GillException if a model or checkpoint cannot be read or does not fit, no example can be used, a loss, a
     *     gradient or a parameter becomes NaN or infinite, or a file cannot be written; earlier checkpoints are then
     *     unchanged
     * @throws IllegalArgumentException if the options leave out every loss that an example is for, or need more
     *     positions than the language model has
     * @throws IllegalStateException if data or output is not set
     */
    public TrainingReport train(TrainingListener listener) {
      if (data == null || output == null) {
        throw new IllegalStateException("set data and output first");
      }
      return new GillTrainer(this, data, output).train(listener);
    }
  }

  @SuppressWarnings("try") // the lock only has to be held
  private TrainingReport train(TrainingListener listener) {
    ModelDirectory directory = ModelDirectory.of(model);
    ModelArgs args = ModelArgs.read(directory.args());
    if (options.maxLength() <= args.numTokens()) {
      throw new IllegalArgumentException("maxLength is " + options.maxLength() + ", but a text ends with "
          + args.numTokens() + " [IMG] tokens (num_tokens)");
    }
    if (!learnsRequests() && !learnsCaptions()) {
      throw new IllegalArgumentException("there is nothing to learn: no example is for a loss that has a weight "
          + "(captioningWeight, retrievalWeight, generationWeight)");
    }
    DecoderSnapshot language = DecoderSnapshot.of(directory.require(Part.LANGUAGE, args.optVersion()));
    requirePositions(args, language.shape().positions());
    try (LockFile lock = output.lock();
        VisionEncoderPlan plan = planVision(directory.require(Part.VISION, args.visualEncoder()));
        Tokenizer tokenizer = language.tokenizer(args.numTokens());
        VisionEncoder vision = plan.load(new StageSettings(options.device(), options.precision()));
        TrainedModel trained = TrainedModel.load(
            language, args, tokenizer.vocabularySize(), Math.toIntExact(plan.width().value()), settings());
        Updater updater = new Updater(
            trained, options.optimiser(), options.gradientLimit(), learnsRequests() || options.publishedDecay(),
            options.publishedDecay())) {
      return new TrainingRun(this, tokenizer, vision, trained, updater, listener).run();
    }
  }

  private static VisionEncoderPlan planVision(Path folder) {
    VisionEncoderProvider provider = Providers.reading(VisionEncoderProvider.class, "vision encoder", folder);
    return Problems.require(folder + " holds no usable vision encoder", problems -> provider.plan(folder, problems));
  }

  /** Returns whether a loss learns from an example that asks for a picture. */
  boolean learnsRequests() {
    return (options.retrievalWeight() > 0 || options.generationWeight() > 0)
        && data.examples().stream().anyMatch(example -> example.use().pictures());
  }

  private boolean learnsCaptions() {
    return options.captioningWeight() > 0 && data.examples().stream().anyMatch(example -> example.use().captions());
  }

  private void requirePositions(ModelArgs args, int positions) {
    boolean join = options.joinProbability() > 0;
    int longest = (join ? 2 : 1) * (args.nVisualTokens() + options.maxLength());
    if (longest > positions) {
      throw new IllegalArgumentException("maxLength is " + options.maxLength() + ": with a picture's "
          + args.nVisualTokens() + " tokens" + (join ? ", and two of them joined (joinProbability)," : "") + " that is "
          + longest + " positions, and the language model has " + positions);
    }
  }

  private TrainedModel.Settings settings() {
    return new TrainedModel.Settings(options.device(), options.precision(), checkpoint, options.mapperWidth(),
        options.seed(), options.publishedDecay());
  }

  /** Returns the values in which a training equals the one that it resumes. */
  Map<String, String> identity() {
    Map<String, String> identity = new LinkedHashMap<>(options.identity());
    identity.put("examples", String.valueOf(data.examples().size()));
    identity.put("data", data.fingerprint());
    identity.put("startFrom", checkpoint == null ? "" : hash(checkpoint));
    return identity;
  }

  private static String hash(Path file) {
    try {
      return MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
    } catch (IOException e) {
      throw new GillException(file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
