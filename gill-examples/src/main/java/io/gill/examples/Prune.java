package io.gill.examples;

import io.gill.directory.ModelDirectory;
import io.gill.projection.ModelArgs;
import io.gill.projection.PrunedCheckpoint;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the trained parts of a checkpoint without the frozen models. */
@Command(
    name = "prune",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    description = "Copies the trained parts of a checkpoint, such as the published training writes, without the frozen "
        + "models and with the [IMG] tokens' rows only.")
final class Prune implements Callable<Integer> {
  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "CHECKPOINT", description = "The file to read.")
  private @Nullable Path from;

  @Parameters(index = "1", paramLabel = "OUT",
      description = "The new file: gill.safetensors, or pretrained_ckpt.pth.tar for the published code.")
  private @Nullable Path to;

  @Option(names = "--args", paramLabel = "FILE",
      description = "The model's model_args.json; beside CHECKPOINT by default.")
  private @Nullable Path args;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    Path source = Objects.requireNonNull(from).toAbsolutePath().normalize();
    Path target = Objects.requireNonNull(to).toAbsolutePath().normalize();
    Path folder = Objects.requireNonNull(source.getParent());
    PrunedCheckpoint.write(source, ModelArgs.read(args == null ? ModelDirectory.of(folder).args() : args), target);
    out.printf("%s: %.1f MB instead of %.1f MB%n", target, Files.size(target) / 1e6, Files.size(source) / 1e6);
    out.flush();
    return CommandLine.ExitCode.OK;
  }
}
