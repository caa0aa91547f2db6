package io.gill.examples;

import io.gill.training.DecisionData;
import io.gill.training.DecisionListener;
import io.gill.training.DecisionMetrics;
import io.gill.training.DecisionOptions;
import io.gill.training.DecisionReport;
import io.gill.training.DecisionTrainer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a model's decision between retrieval and generation. */
@Command(
    name = "train-decisions",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    sortSynopsis = false,
    description = "Trains a model's decision between retrieval and generation on annotated PartiPrompts.")
final class TrainDecisions implements Callable<Integer> {
  /** Prompts between progress lines. */
  private static final int EVERY = 100;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--model", required = true, paramLabel = "DIR", description = "The model directory.")
  private Path model = Path.of("");

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = "A tab-separated table with the column Prompt and, as the last one, Decisions (the votes) or"
          + " Decision (their result).")
  private Path data = Path.of("");

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "The file of the decision model; decision_model.pth.tar in the model directory by default.")
  private @Nullable Path output;

  @Option(names = "--steps", paramLabel = "N", description = "Number of steps.")
  private int steps = DecisionOptions.defaults().steps();

  @Option(names = "--training-prompts", paramLabel = "N", description = "Prompts to train on; the rest validates.")
  private int trainingPrompts = DecisionOptions.defaults().trainingPrompts();

  @Mixin private DeviceOptions computing = new DeviceOptions();

  @Override
  public Integer call() {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    DecisionData prompts = DecisionData.read(data);
    out.println(String.format(Locale.ROOT, "prompts: %d, undecided: %d, malformed rows: %d",
        prompts.prompts().size(), prompts.undecided(), prompts.skipped().size()));
    prompts.skipped().forEach(row -> out.println("skipped " + row.origin() + ": " + Printable.of(row.reason())));
    Path file = output == null ? model.resolve("decision_model.pth.tar") : output;
    DecisionOptions options = DecisionOptions.builder()
        .steps(steps).trainingPrompts(trainingPrompts).device(computing.device).precision(computing.precision).build();
    DecisionReport report = DecisionTrainer.train(model, prompts, options, file, new DecisionListener() {
      @Override
      public void onPrompt(int done, int all) {
        if (done % EVERY == 0) {
          out.printf("%d of %d prompts read%n", done, all);
          out.flush();
        }
      }

      @Override
      public void onEvaluation(DecisionMetrics metrics) {
        out.println(new ProgressLine("step " + metrics.step() + ":")
            .add("loss %.4f", metrics.loss())
            .add("F1 %.3f in training", metrics.trainingF1())
            .add("%.3f in validation", metrics.validationF1()));
        out.flush();
      }
    });
    out.println("written: " + report.file());
    out.flush();
    return CommandLine.ExitCode.OK;
  }
}
