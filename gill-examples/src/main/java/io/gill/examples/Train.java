package io.gill.examples;

import io.gill.diffusion.StableDiffusion;
import io.gill.stage.Conditioning;
import io.gill.training.GenerationTargets;
import io.gill.training.GillTrainer;
import io.gill.training.TrainingData;
import io.gill.training.TrainingOptions;
import io.gill.training.TrainingReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains the projections of a model. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    sortSynopsis = false,
    description = "Trains the projections of a model on images and texts. Resumes a stopped training that it "
        + "finds in the output folder. --precision is that of the frozen models.")
final class Train implements Callable<Integer> {
  private static final TrainingOptions DEFAULTS = TrainingOptions.defaults();

  /** Steps between progress lines, as published ({@code print-freq}). */
  private static final int EVERY = 10;

  /** The exit status of a process that SIGINT ends. */
  private static final int INTERRUPTED = 130;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--model", required = true, paramLabel = "DIR",
      description = "A model directory; trained parts in it are not used (--start-from).")
  private Path model = Path.of("");

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = "A tab-separated table with the columns caption (or text) and image, and perhaps target and use, "
          + "named in its first line.")
  private Path data = Path.of("");

  @Option(names = "--images", required = true, paramLabel = "DIR", description = "The folder of the table's images.")
  private Path images = Path.of("");

  @Option(names = "--validation", paramLabel = "FILE", description = "A table to validate on after every epoch.")
  private @Nullable Path validation;

  @Option(names = "--validation-images", paramLabel = "DIR", description = "The folder of its images.")
  private @Nullable Path validationImages;

  @Option(names = "--output", required = true, paramLabel = "DIR", description = "Folder for checkpoints and metrics.")
  private Path output = Path.of("");

  @Option(names = "--start-from", paramLabel = "FILE", description = "Start from the layers of this checkpoint.")
  private @Nullable Path startFrom;

  @Option(
      names = "--sd",
      paramLabel = "DIR",
      description = "Compute missing generation targets with the text encoder of this Stable Diffusion snapshot: "
          + "237 kB each for Stable Diffusion 1.5.")
  private @Nullable Path diffusion;

  @Option(names = "--epochs", paramLabel = "N", description = "Number of epochs.")
  private int epochs = DEFAULTS.epochs();

  @Option(names = "--steps-per-epoch", paramLabel = "N", description = "Steps of an epoch.")
  private int stepsPerEpoch = DEFAULTS.stepsPerEpoch();

  @Option(names = "--batch-size", paramLabel = "N", description = "Examples of a batch.")
  private int batchSize = DEFAULTS.batchSize();

  @Option(names = "--accumulation", paramLabel = "N", description = "Batches whose gradients a step accumulates.")
  private int accumulation = DEFAULTS.accumulation();

  @Option(names = "--learning-rate", paramLabel = "X", description = "The maximum learning rate.")
  private double learningRate = DEFAULTS.learningRate();

  @Option(names = "--warmup-steps", paramLabel = "N", description = "Steps in which the learning rate grows.")
  private int warmupSteps = DEFAULTS.warmupSteps();

  @Option(names = "--max-length", paramLabel = "N", description = "Maximum number of tokens of a text.")
  private int maxLength = DEFAULTS.maxLength();

  @Option(names = "--mapper-width", paramLabel = "N", description = "The width of a new mapper.")
  private int mapperWidth = DEFAULTS.mapperWidth();

  @Option(names = "--seed", paramLabel = "N", description = "Seed of the order of the examples and of new weights.")
  private long seed = DEFAULTS.seed();

  @Mixin private DeviceOptions computing = new DeviceOptions();

  @Override
  public Integer call() {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    PrintWriter out = line.getOut();
    if ((validation == null) != (validationImages == null)) {
      throw new CommandLine.ParameterException(line, "--validation and --validation-images go together");
    }
    TrainingData examples = TrainingData.read(data, images);
    GillTrainer.Builder trainer = GillTrainer.builder(model).data(examples).output(output).options(options());
    TrainingData measured = validation == null || validationImages == null
        ? null
        : TrainingData.read(validation, validationImages);
    if (measured != null) {
      trainer.validation(measured);
    }
    if (startFrom != null) {
      trainer.startFrom(startFrom);
    }
    if (diffusion != null) {
      try (StableDiffusion encoder = StableDiffusion.load(diffusion, computing.device, computing.precision)) {
        Function<String, Conditioning> counted = Targets.counted(encoder::encodePrompt, out);
        int written = GenerationTargets.precompute(examples, counted)
            + (measured == null ? 0 : GenerationTargets.precompute(measured, counted));
        out.println("generation targets computed: " + written);
      }
    }
    out.printf("%,d examples; %,d rows skipped%s%n", examples.examples().size(), examples.skipped().size(),
        examples.skipped().isEmpty() ? "" : ", listed in " + output.resolve("skipped.tsv") + " from the first step on");
    out.flush();
    AtomicBoolean stopped = new AtomicBoolean();
    Signals.register("INT", () -> {
      if (stopped.getAndSet(true)) {
        System.exit(INTERRUPTED); // which loses no more than the steps since the last save
      }
      out.println("stops after this step; another Ctrl-C ends it at once");
      out.flush();
    });
    TrainingReport report = trainer.train(new TrainingProgress("", EVERY, out, () -> !stopped.get()));
    MetricsPlot.draw(output, output.resolve("metrics.png"), out);
    out.println((report.finished() ? "done after " : "stopped after ") + report.steps() + " steps; skipped examples: "
        + report.skipped().size());
    if (report.best() != null) {
      out.println("best checkpoint: " + report.best() + " (text to image " + report.bestTextToImage1() + " %)");
    }
    out.flush();
    return CommandLine.ExitCode.OK;
  }

  private TrainingOptions options() {
    return TrainingOptions.builder()
        .epochs(epochs)
        .stepsPerEpoch(stepsPerEpoch)
        .batchSize(batchSize)
        .accumulation(accumulation)
        .learningRate(learningRate)
        .warmupSteps(warmupSteps)
        .maxLength(maxLength)
        .mapperWidth(mapperWidth)
        .seed(seed)
        .device(computing.device)
        .precision(computing.precision)
        .build();
  }
}
