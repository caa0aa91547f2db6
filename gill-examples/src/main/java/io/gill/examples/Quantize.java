package io.gill.examples;

import io.gill.GillException;
import io.gill.Quantization;
import io.gill.directory.ModelDirectory;
import io.gill.directory.ModelDirectory.Part;
import io.gill.lm.QuantizedSnapshot;
import io.gill.projection.ModelArgs;
import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a model whose language model is quantised. */
@Command(
    name = "quantize",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    description = "Quantises a language model to 8 or 4 bits per weight, once: the result takes as much memory as its "
        + "file. DIR is a language model's folder, or a whole model directory, whose other parts are copied.")
final class Quantize implements Callable<Integer> {
  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "DIR", description = "The folder to read.")
  private @Nullable Path from;

  @Parameters(index = "1", paramLabel = "OUT", description = "The new folder.")
  private @Nullable Path to;

  @Option(
      names = "--quantization",
      paramLabel = "TYPE",
      converter = ModelOptions.QuantizationConverter.class,
      description = "int8 (default) or int4.")
  private Quantization quantization = Quantization.INT8;

  @Override
  public Integer call() throws IOException {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    Path source = Objects.requireNonNull(from).toAbsolutePath().normalize();
    Path target = Objects.requireNonNull(to).toAbsolutePath().normalize();
    if (quantization == Quantization.NONE) {
      throw new CommandLine.ParameterException(line, "--quantization must be int8 or int4");
    }
    if (target.startsWith(source)) {
      throw new GillException(target + " lies inside " + source + ": name a folder outside");
    }
    PrintWriter out = line.getOut();
    ModelDirectory directory = ModelDirectory.of(source);
    if (!Files.exists(directory.args())) {
      write(out, source, target);
      return CommandLine.ExitCode.OK;
    }
    Path language = directory.require(Part.LANGUAGE, ModelArgs.read(directory.args()).optVersion());
    AtomicFile.folder(target, draft -> {
      write(out, language, draft.resolve(language.startsWith(source) ? source.relativize(language) : Path.of("lm")));
      copy(source, draft, language);
    });
    return CommandLine.ExitCode.OK;
  }

  private void write(PrintWriter out, Path source, Path target) throws IOException {
    QuantizedSnapshot.write(source, target, quantization, tensor -> {
      out.println(tensor);
      out.flush();
    });
    out.printf("%s: %.1f MB instead of %.1f MB%n", source, size(target) / 1e6, size(source) / 1e6);
    out.flush();
  }

  /** Copies a folder except for one folder in it. */
  private static void copy(Path from, Path to, Path except) throws IOException {
    Files.walkFileTree(from, Set.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
        if (folder.equals(except)) {
          return FileVisitResult.SKIP_SUBTREE;
        }
        Files.createDirectories(to.resolve(from.relativize(folder).toString()));
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        AtomicFile.copy(file, to.resolve(from.relativize(file).toString()));
        return FileVisitResult.CONTINUE;
      }
    });
  }

  private static double size(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      double size = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        size += Files.size(file);
      }
      return size;
    }
  }
}
