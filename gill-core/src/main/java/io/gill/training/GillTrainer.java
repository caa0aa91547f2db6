package io.gill.training;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.gill.GillException;
import io.gill.Precision;
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
import io.gill.torch.Scope;
import io.gill.training.Examples.Ready;
import io.gill.training.OutputFolder.Progress;
import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.ToDoubleFunction;
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
 * On CUDA they differ by rounding, as two uninterrupted runs do, because kernels add in any order.
 *
 * <p>The features of every used picture stay on the heap, 4 · P bytes each: 2.7 million pictures take 11 GB with a
 * vision encoder of width 1,024.
 */
public final class GillTrainer {
  private static final String SKIPPED = "skipped.tsv";

  private final Path model;
  private final @Nullable Path checkpoint;
  private final TrainingData data;
  private final @Nullable TrainingData validation;
  private final GenerationTargets targets;
  private final TrainingOptions options;
  private final OutputFolder output;

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
    private TrainingOptions options = TrainingOptions.builder().build();
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
    try (VisionEncoderPlan plan = planVision(directory.require(Part.VISION, args.visualEncoder()));
        Tokenizer tokenizer = language.tokenizer(args.numTokens());
        VisionEncoder vision = plan.load(new StageSettings(options.device(), options.precision()));
        TrainedModel trained = TrainedModel.load(
            language, args, tokenizer.vocabularySize(), Math.toIntExact(plan.width().value()), settings());
        Updater updater = new Updater(
            trained, options.optimiser(), options.gradientLimit(), learnsRequests() || options.publishedDecay(),
            options.publishedDecay())) {
      return new Run(tokenizer, vision, trained, updater, listener).run();
    }
  }

  private static VisionEncoderPlan planVision(Path folder) {
    Problems problems = new Problems();
    Optional<VisionEncoderPlan> plan =
        Providers.reading(VisionEncoderProvider.class, "vision encoder", folder).plan(folder, problems);
    problems.throwIfAny(folder + " holds no usable vision encoder");
    return plan.orElseThrow();
  }

  private boolean learnsRequests() {
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

  private Map<String, String> identity() {
    Map<String, String> identity = new LinkedHashMap<>(options.identity());
    identity.put("examples", String.valueOf(data.examples().size()));
    identity.put("data", fingerprint());
    identity.put("startFrom", checkpoint == null ? "" : checkpoint.toString());
    return identity;
  }

  /** Returns a hash of the examples, independent of the folder of the pictures. */
  private String fingerprint() {
    Hasher hasher = Hashing.sha256().newHasher();
    for (TrainingExample one : data.examples()) {
      for (String text : List.of(one.context(), one.text(), one.use().name(), one.image().getFileName().toString())) {
        hasher.putInt(text.length()).putUnencodedChars(text);
      }
    }
    return hasher.hash().toString();
  }

  /** A running training. */
  private final class Run {
    private final Tokenizer tokenizer;
    private final TrainedModel trained;
    private final Updater updater;
    private final TrainingListener listener;
    private final Sequences.Vocabulary vocabulary;
    private final Losses losses;
    private final Examples examples;
    private final ExampleStream stream = new ExampleStream(data.examples(), options.seed());
    private final Set<SkippedExample> skipped = new LinkedHashSet<>();
    private final MetricsTable<StepMetrics> steps = new MetricsTable<>(output.file("steps.csv"), StepMetrics.class);
    private final MetricsTable<ValidationMetrics> validations =
        new MetricsTable<>(output.file("validation.csv"), ValidationMetrics.class);
    private long step;
    private double best = -1;
    private double frozenDecay = 1;

    Run(Tokenizer tokenizer, VisionEncoder vision, TrainedModel trained, Updater updater, TrainingListener listener) {
      this.tokenizer = tokenizer;
      this.trained = trained;
      this.updater = updater;
      this.listener = listener;
      this.vocabulary = new Sequences.Vocabulary(tokenizer.padId(), tokenizer.imageTokenIds());
      this.losses = new Losses(trained, vocabulary, options.lossWeights());
      this.examples = new Examples(
          tokenizer, vision, targets, trained.args, options.maxLength(), options.generationWeight() > 0, this::skip);
    }

    TrainingReport run() {
      begin();
      long total = Math.multiplyExact((long) options.epochs(), options.stepsPerEpoch());
      listener.onStart(step, total, trained.parameters.elementCount());
      if (step == 0) {
        validate();
      }
      while (step < total) {
        boolean goOn = listener.onStep(takeStep());
        if (step % options.stepsPerEpoch() == 0) {
          endEpoch();
        } else if (!goOn || step % options.saveEverySteps() == 0) {
          save();
        }
        if (!goOn) {
          break;
        }
      }
      return new TrainingReport(
          step,
          step >= total,
          Files.exists(output.last()) ? output.last() : null,
          best >= 0 ? output.best() : null,
          best >= 0 ? best : Double.NaN,
          List.copyOf(skipped));
    }

    private void begin() {
      Progress progress = output.restoreState(trained, updater, identity());
      if (progress != null) {
        step = progress.step();
        stream.position(progress.drawn());
        best = progress.best();
        frozenDecay = progress.frozenDecay();
        if (options.publishedDecay()) {
          updater.decayFrozenRows(frozenDecay);
        }
        skipped.addAll(skippedBefore());
      } else if (checkpoint == null) {
        updater.rescale(); // gives new rows the norm that they have after every step
      }
      steps.begin(step);
      validations.begin(step);
      data.skipped().forEach(example -> skipped.add(inOneLine(example)));
      if (validation != null) {
        validation.skipped().forEach(example -> skipped.add(inOneLine(example)));
      }
      writeSkipped(skipped, true);
    }

    private void skip(SkippedExample example) {
      SkippedExample one = inOneLine(example);
      if (skipped.add(one)) {
        writeSkipped(List.of(one), false);
        listener.onSkipped(one);
      }
    }

    private static SkippedExample inOneLine(SkippedExample example) {
      return new SkippedExample(example.origin(), example.reason().replaceAll("[\t\r\n]+", " "));
    }

    /** Returns the examples that the earlier run skipped. */
    private List<SkippedExample> skippedBefore() {
      Path path = output.file(SKIPPED);
      try {
        return !Files.exists(path) ? List.of() : Files.readAllLines(path).stream()
            .skip(1).map(line -> line.split("\t", 2)).filter(cells -> cells.length == 2)
            .map(cells -> new SkippedExample(cells[0], cells[1])).toList();
      } catch (IOException e) {
        throw new GillException(path + " cannot be read: " + e.getMessage(), e);
      }
    }

    private StepMetrics takeStep() {
      long started = System.nanoTime();
      int batches = options.accumulation();
      List<Losses.Parts> parts = new ArrayList<>();
      for (int i = 0; i < batches; i++) {
        List<Ready> batch = draw();
        Losses.Batch captions = options.captioningWeight() > 0 ? Examples.captions(batch) : null;
        Losses.Batch requests =
            options.retrievalWeight() > 0 || options.generationWeight() > 0 ? Examples.requests(batch) : null;
        Losses.Joins joins = joins(step * batches + i);
        Scope.record("training", () -> {
          Losses.Result result = losses.of(captions, requests, joins);
          if (result != null) {
            requireFinite("loss", result.parts().loss());
            result.loss().mul(1.0 / batches).backward();
            parts.add(result.parts());
          }
          return null;
        });
      }
      double rate = options.learningRate(step);
      double norm = updater.update(rate);
      requireFinite("gradients' norm", norm);
      if (options.publishedDecay()) {
        frozenDecay *= 1 - rate * options.weightDecay();
      }
      step++;
      double seconds = (System.nanoTime() - started) / 1e9;
      StepMetrics metrics = metrics(parts, rate, norm, batches * options.batchSize() / seconds);
      steps.add(metrics);
      return metrics;
    }

    /** Throws if a value is NaN or infinite. Earlier checkpoints stay unchanged. */
    private void requireFinite(String what, double value) {
      if (!Double.isFinite(value)) {
        throw new GillException("training diverged in step " + (step + 1) + ": the " + what + " is " + value
            + advice());
      }
    }

    private String advice() {
      String again = "; start again in another output folder with a smaller learning rate"
          + (Files.exists(output.last()) ? ", or with startFrom(" + output.last() + ")" : "");
      return options.precision() == Precision.FLOAT16
          ? again + ", or with Precision.BFLOAT16 or FLOAT32, in which the frozen models do not overflow" : again;
    }

    /** Checks the parameters before any saved file is replaced. */
    private void requireFiniteParameters() {
      for (String name : trained.parameters.names()) {
        if (!Scope.compute("checking " + name, trained.parameters.get(name)::isFinite)) {
          throw new GillException(
              "training diverged in step " + step + ": " + name + " holds NaN or infinity" + advice());
        }
      }
    }

    /** Draws a batch of usable examples. */
    private List<Ready> draw() {
      List<Ready> batch = new ArrayList<>();
      int failures = 0;
      while (batch.size() < options.batchSize()) {
        List<TrainingExample> drawn = new ArrayList<>();
        while (batch.size() + drawn.size() < options.batchSize()) {
          drawn.add(stream.next());
        }
        List<Ready> ready = examples.prepare(drawn);
        batch.addAll(ready);
        failures = ready.isEmpty() ? failures + drawn.size() : 0;
        if (failures > 2 * data.examples().size()) {
          SkippedExample last = List.copyOf(skipped).get(skipped.size() - 1);
          throw new GillException("no example can be used: " + skipped.size() + " were skipped, the last ("
              + last.origin() + ") because " + last.reason());
        }
      }
      return batch;
    }

    private Losses.Joins joins(long batch) {
      Random random = ExampleStream.random(options.seed() + 1, batch);
      double probability = options.joinProbability();
      return new Losses.Joins(
          random.nextDouble() < probability, random.nextDouble() < probability, random.nextDouble() < probability);
    }

    private StepMetrics metrics(List<Losses.Parts> parts, double rate, double norm, double examplesPerSecond) {
      return new StepMetrics(
          step,
          rate,
          mean(parts, Losses.Parts::loss),
          mean(parts, Losses.Parts::captioning),
          mean(parts, Losses.Parts::retrieval),
          mean(parts, Losses.Parts::generation),
          mean(parts, Losses.Parts::contrastive),
          mean(parts, Losses.Parts::conditioning),
          mean(parts, Losses.Parts::accuracy1),
          mean(parts, Losses.Parts::accuracy5),
          mean(parts, Losses.Parts::textToImage1),
          mean(parts, Losses.Parts::imageToText1),
          norm,
          mean(parts, Losses.Parts::visualNorm),
          updater.imageTokenNorm(),
          examplesPerSecond);
    }

    private static double mean(List<Losses.Parts> parts, ToDoubleFunction<Losses.Parts> part) {
      return parts.stream().mapToDouble(part).filter(value -> !Double.isNaN(value)).average().orElse(Double.NaN);
    }

    private void endEpoch() {
      ValidationMetrics metrics = validate();
      requireFiniteParameters();
      boolean improved = metrics != null && metrics.textToImage1() > best;
      output.saveCheckpoint(output.last(), trained.parameters);
      listener.onCheckpoint(output.last(), false);
      if (improved) {
        best = Objects.requireNonNull(metrics).textToImage1();
        output.saveCheckpoint(output.best(), trained.parameters);
        listener.onCheckpoint(output.best(), true);
      }
      save();
    }

    private void save() {
      requireFiniteParameters();
      output.saveState(trained, updater, new Progress(step, stream.position(), best, frozenDecay));
    }

    private @Nullable ValidationMetrics validate() {
      if (validation == null) {
        return null;
      }
      long started = System.nanoTime();
      Validation measured = new Validation(trained, tokenizer, vocabulary, options);
      int used = 0;
      List<TrainingExample> all = validation.examples();
      for (int start = 0; start < all.size(); start += options.validationBatchSize()) {
        int end = Math.min(all.size(), start + options.validationBatchSize());
        List<Ready> ready = examples.prepare(all.subList(start, end));
        measured.add(ready);
        used += ready.size();
      }
      ValidationMetrics metrics = measured.result(step, used, (System.nanoTime() - started) / 1e9);
      validations.add(metrics);
      listener.onValidation(metrics);
      return metrics;
    }

    private void writeSkipped(Collection<SkippedExample> some, boolean anew) {
      List<String> lines = new ArrayList<>(anew ? List.of("origin\treason") : List.of());
      some.forEach(one -> lines.add(one.origin() + "\t" + one.reason()));
      Path path = output.file(SKIPPED);
      try {
        if (anew) {
          AtomicFile.write(path, StandardCharsets.UTF_8.encode(String.join("\n", lines) + "\n"));
        } else {
          Files.write(path, lines, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
      } catch (IOException e) {
        throw new GillException(path + " could not be written (" + e.getMessage() + "): check the free space", e);
      }
    }
  }
}
