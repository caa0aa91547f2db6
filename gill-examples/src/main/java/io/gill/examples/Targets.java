package io.gill.examples;

import io.gill.diffusion.StableDiffusion;
import io.gill.stage.Conditioning;
import io.gill.training.GenerationTargets;
import io.gill.training.TrainingData;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Computes the generation targets of training data, without the language model that trains on them. */
@Command(
    name = "targets",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    sortSynopsis = false,
    description = "Computes the missing generation targets of training data, which train otherwise computes first. "
        + "Targets that are there are kept, so that a killed run resumes. Each takes 237 kB for Stable Diffusion 1.5.")
final class Targets implements Callable<Integer> {
  /** Targets between progress lines. */
  private static final int EVERY = 1000;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--data", required = true, paramLabel = "FILE",
      description = "The table of train: separated by tabs, with the columns caption and image.")
  private Path data = Path.of("");

  @Option(names = "--images", required = true, paramLabel = "DIR", description = "The folder of the table's images.")
  private Path images = Path.of("");

  @Option(names = "--sd", required = true, paramLabel = "DIR",
      description = "The Stable Diffusion snapshot whose text encoder computes the targets.")
  private Path diffusion = Path.of("");

  @Mixin private DeviceOptions computing = new DeviceOptions();

  @Override
  public Integer call() {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    TrainingData examples = TrainingData.read(data, images);
    examples.skipped().forEach(row -> out.println("skipped " + row.origin() + ": " + Printable.of(row.reason())));
    try (StableDiffusion encoder = StableDiffusion.load(diffusion, computing.device, computing.precision)) {
      int written = GenerationTargets.precompute(examples, counted(encoder::encodePrompt, out));
      out.printf("%d examples, generation targets computed: %d%n", examples.examples().size(), written);
    }
    out.flush();
    return CommandLine.ExitCode.OK;
  }

  /** Prints a line after every {@value #EVERY} targets. */
  static Function<String, Conditioning> counted(Function<String, Conditioning> encoder, PrintWriter out) {
    int[] done = {0};
    return text -> {
      if (done[0] > 0 && done[0] % EVERY == 0) {
        out.printf("%,d targets computed%n", done[0]);
        out.flush();
      }
      done[0]++;
      return encoder.apply(text);
    };
  }
}
