package io.gill.examples.parity;

import io.gill.Device;
import io.gill.examples.DeviceConverter;
import io.gill.torch.Torch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Compares this implementation with recorded results of the published ones. Runs every case of a folder of reference
 * data, with models of any size, and writes a line for each.
 */
@Command(
    name = "parity",
    description = "Compares with recorded results of the published implementations, case by case.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:all cases pass", "1:a case fails, or there is none", "2:wrong usage"})
public final class Parity implements Callable<Integer> {
  @Spec
  private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "FOLDER", description = "Models, and under golden/ their recorded results.")
  private @Nullable Path root;

  @Option(names = "--only", paramLabel = "PATTERN",
      description = "Run the cases whose 'part/case' contains this regular expression.")
  private @Nullable String only;

  @Option(names = "--device", paramLabel = "DEVICE", converter = DeviceConverter.class,
      description = "cpu (default), cuda or cuda:INDEX. The recorded results are the CPU's in 32 bits.")
  private Device device = Device.CPU;

  @Option(names = "--verbose", description = "Write a line for every comparison of a case.")
  private boolean verbose;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
  @SuppressWarnings("UnusedVariable") // read by picocli
  private boolean help;

  /** Creates the program. */
  public Parity() {}

  /**
   * Runs the program.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** Creates the command line, for callers that keep running and choose the output. */
  static CommandLine commandLine() {
    return new CommandLine(new Parity());
  }

  @Override
  public Integer call() throws IOException {
    CommandSpec command = Objects.requireNonNull(spec);
    Path dir = Objects.requireNonNull(root);
    if (!Files.isDirectory(dir)) {
      throw new ParameterException(command.commandLine(), dir + " is not a folder");
    }
    Torch.require(device);
    PrintWriter out = command.commandLine().getOut();
    Report report = new Report(out, wanted(command), only != null, verbose);
    run(new Folder(dir), device, report);
    if (report.passed() + report.failed() == 0) {
      String none = dir + " holds no case: expected golden/ with recorded results in it";
      String filtered = only == null
          ? "no case was run: " + report.leftOut() + " left out"
          : "no case matches '" + only + "': " + report.leftOut() + " do not";
      out.println(report.leftOut() > 0 ? filtered : none);
      out.flush();
      return CommandLine.ExitCode.SOFTWARE;
    }
    report.summarise();
    return report.failed() == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }

  private Predicate<String> wanted(CommandSpec command) {
    if (only == null) {
      return name -> true;
    }
    try {
      return Pattern.compile(only).asPredicate();
    } catch (PatternSyntaxException e) {
      throw new ParameterException(command.commandLine(), "--only: not a regular expression: " + e.getDescription(), e);
    }
  }

  private static void run(Folder folder, Device device, Report report) throws IOException {
    try (Models models = new Models(folder, device)) {
      part(report, "layout", () -> UnknownFiles.report(folder, report));
      part(report, "checkpoint", () -> CheckpointCases.run(folder, report));
      part(report, "tokenizer", () -> TokenizerCases.run(folder, report));
      part(report, "tokenizer", () -> JsonTokenizerCases.run(folder, report));
      part(report, "image", () -> ImageCases.run(folder, report));
      part(report, "scheduler", () -> SchedulerCases.run(folder, report));
      part(report, "noise", () -> NoiseCases.run(folder, report));
      parts(report, "vision", folder, "vision", name -> VisionCases.run(folder, models, name, report));
      parts(report, "diffusion", folder, "sd", name -> DiffusionCases.run(folder, models, name, report));
      parts(report, "taesd", folder, "taesd", name -> TinyAutoencoderCases.run(folder, models, name, report));
      parts(report, "sdxl", folder, "sdxl", name -> SdxlCases.run(folder, models, name, report));
      parts(report, "language", folder, "lm", name -> LanguageCases.runSnapshot(folder, device, name, report));
      parts(report, "clip_vision", folder, "clip_vision", name -> ClipVisionCases.run(folder, models, name, report));
      parts(report, "opt", folder, "opt", name -> LanguageCases.run(folder, models, name, report));
      parts(report, "gill_part", folder, "gill_parts", name -> GillPartCases.run(folder, models, name, report));
      parts(report, "gill", folder, "gill", name -> GillCases.run(folder, models, name, report));
      parts(report, "likelihood", folder, "gill", name -> LikelihoodCases.run(folder, models, name, report));
    }
  }

  @FunctionalInterface
  private interface Part {
    void run() throws IOException;
  }

  @FunctionalInterface
  private interface NamedPart {
    void run(String name) throws IOException;
  }

  private static void part(Report report, String name, Part part) {
    part(report, name, "description of the cases", part);
  }

  /** Runs a part for each model with recorded results of this kind. */
  private static void parts(Report report, String name, Folder folder, String kind, NamedPart part)
      throws IOException {
    for (String model : folder.recorded(kind)) {
      part(report, name, model + "/description of the cases", () -> part.run(model));
    }
  }

  /** Runs a part. A file of cases that cannot be used is one failure and does not end the run. */
  private static void part(Report report, String name, String description, Part part) {
    try {
      part.run();
    } catch (IOException | RuntimeException e) {
      report.fail(name, description, e.toString().lines().findFirst().orElse(""));
    }
  }
}
