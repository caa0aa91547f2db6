package io.gill.examples;

import io.gill.GillException;
import io.gill.hub.FetchPlan;
import io.gill.hub.FetchRequest;
import io.gill.hub.ModelFetcher;
import java.io.Console;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches a model into the Hugging Face cache. */
@Command(
    name = "fetch",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    description = "Fetches a model into the local Hugging Face cache, where model directories find it by name. A run "
        + "that was stopped continues. NAME is 'gill' for the published GILL with OPT-6.7b, CLIP and Stable Diffusion, "
        + "or a repository of the Hugging Face Hub, such as facebook/opt-125m.",
    footer = "HF_TOKEN, HF_ENDPOINT, HF_HUB_CACHE, HF_HOME and HF_HUB_OFFLINE have their usual meaning.")
final class Fetch implements Callable<Integer> {
  private final Supplier<ModelFetcher.Builder> builder;
  private final @Nullable UnaryOperator<String> terminal;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "NAME", description = "The model.")
  private @Nullable String name;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Also make a model directory: a new folder with links into the cache.")
  private @Nullable Path output;

  @Option(names = "--revision", paramLabel = "REV", description = "Branch, tag or commit of a repository.")
  private @Nullable String revision;

  @Option(names = "--fp16", description = "Prefer weights in 16 bits, if the repository has them.")
  private boolean fp16;

  @Option(
      names = "--include",
      paramLabel = "PATTERN",
      description = "Fetch files of a repository that match, such as '*.onnx', in place of those that gill reads.")
  private List<String> include = new ArrayList<>();

  @Option(names = "--exclude", paramLabel = "PATTERN", description = "Leave out files that match.")
  private List<String> exclude = new ArrayList<>();

  @Option(names = {"-y", "--yes"}, description = "Start without asking.")
  private boolean yes;

  Fetch() {
    this(ModelFetcher::builder, console());
  }

  /**
   * Creates a command.
   *
   * @param builder starts with the settings of the environment
   * @param terminal asks the user a question; null where there is no user to ask
   */
  Fetch(Supplier<ModelFetcher.Builder> builder, @Nullable UnaryOperator<String> terminal) {
    this.builder = builder;
    this.terminal = terminal;
  }

  /** From Java 22 on there is a console even if input or output is redirected. */
  @SuppressWarnings("SystemConsoleNull") // isTerminal, below, tells in these versions
  private static @Nullable UnaryOperator<String> console() {
    Console console = System.console();
    if (console == null) {
      return null;
    }
    try {
      if (Boolean.FALSE.equals(Console.class.getMethod("isTerminal").invoke(console))) {
        return null;
      }
    } catch (ReflectiveOperationException e) {
      // Older versions have no console then.
    }
    return question -> String.valueOf(console.readLine("%s", question));
  }

  @Override
  public Integer call() {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    PrintWriter out = line.getOut();
    if (output != null && Files.exists(output)) {
      throw new GillException(output + " exists: name a new folder");
    }
    ModelFetcher fetcher =
        builder.get().listener(new FetchLine(line.getErr(), terminal != null, System::nanoTime)).build();
    FetchRequest.Builder request = FetchRequest.builder(Objects.requireNonNull(name))
        .halfPrecision(fp16).include(include).exclude(exclude);
    if (revision != null) {
      request.revision(revision);
    }
    FetchPlan plan = fetcher.plan(request.build());
    show(out, plan);
    if (plan.missingBytes() > 0 && !confirmed()) {
      out.println("Nothing was fetched.");
      out.flush();
      return CommandLine.ExitCode.OK;
    }
    Path folder = output == null ? fetcher.fetch(plan) : fetcher.fetch(plan, output);
    out.println(Printable.of(folder.toString()));
    out.flush();
    return CommandLine.ExitCode.OK;
  }

  private static void show(PrintWriter out, FetchPlan plan) {
    for (FetchPlan.Part part : plan.parts()) {
      out.printf("%s at %.7s, licence %s: %d files, %s%n", Printable.of(part.repository()),
          Printable.of(part.commit()), Printable.of(part.license()), part.files().size(), size(part.bytes()));
      for (FetchPlan.File file : part.files()) {
        out.printf("  %9s  %s%s%n", size(file.bytes()), Printable.of(file.path()), file.cached() ? " (cached)" : "");
      }
    }
    out.printf("To fetch: %s of %s, into %s%n", size(plan.missingBytes()), size(plan.bytes()),
        Printable.of(plan.cache().toString()));
    out.flush();
  }

  private boolean confirmed() {
    return yes || terminal == null || terminal.apply("Fetch? [y/N] ").strip().toLowerCase(Locale.ROOT).matches("y|yes");
  }

  /** A number of bytes with three digits or so. */
  static String size(long bytes) {
    double value = bytes;
    for (String unit : new String[] {"B", "kB", "MB"}) {
      if (value < 999.5) {
        return String.format(Locale.ROOT, unit.equals("B") || value >= 99.95 ? "%.0f %s" : "%.1f %s", value, unit);
      }
      value /= 1000;
    }
    return String.format(Locale.ROOT, "%.1f GB", value);
  }
}
