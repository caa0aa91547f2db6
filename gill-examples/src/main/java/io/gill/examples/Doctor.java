package io.gill.examples;

import io.gill.Capabilities;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.torch.NativeReport;
import io.gill.torch.NativeReport.CudaLibrary;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Reports the hardware and libraries that a model would use here, and what is missing for a GPU. Fails only if a given
 * model fails to load.
 */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    sortSynopsis = false,
    description = "Reports the hardware and libraries that a model would use here, and what is missing for a GPU.")
final class Doctor implements Callable<Integer> {
  /** The CPU features that decide which precision is fast. */
  private static final List<String> CPU_FLAGS =
      List.of("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "bf16", "i8mm", "sve");

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--model", paramLabel = "DIR", description = "A model directory to check as well.")
  private @Nullable Path directory;

  @Mixin private ModelOptions modelOptions = new ModelOptions();

  @Override
  public Integer call() {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    machine(out);
    NativeReport natives = NativeReport.create();
    libtorch(out, natives);
    cuda(out, natives);
    if (directory != null) {
      model(out, directory);
    }
    out.flush();
    return CommandLine.ExitCode.OK;
  }

  private static void row(PrintWriter out, String name, String value) {
    out.printf("%-16s%s%n", name, Printable.of(value));
  }

  private static void machine(PrintWriter out) {
    row(out, "Java", System.getProperty("java.version") + " (" + System.getProperty("java.vm.name") + "), "
        + System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    Runtime runtime = Runtime.getRuntime();
    row(out, "CPU", cpuName().map(name -> name + ", ").orElse("") + runtime.availableProcessors() + " processors");
    cpuFlags().ifPresent(flags -> row(out, "  instructions", flags));
    row(out, "Memory", memory().map(text -> text + ", ").orElse("")
        + "Java heap up to " + gigabytes(runtime.maxMemory()));
  }

  private static Optional<String> cpuName() {
    return procLine("/proc/cpuinfo", "model name");
  }

  private static Optional<String> cpuFlags() {
    Optional<String> flags = procLine("/proc/cpuinfo", "flags").or(() -> procLine("/proc/cpuinfo", "Features"));
    return flags.map(all -> {
      List<String> have = Arrays.asList(all.split("\\s+"));
      return CPU_FLAGS.stream().filter(have::contains).collect(Collectors.joining(" "));
    });
  }

  /** Memory available without swapping; mapped weights that are not in use count as free. */
  private static Optional<String> memory() {
    return procLine("/proc/meminfo", "MemAvailable").flatMap(free -> procLine("/proc/meminfo", "MemTotal")
        .map(all -> gigabytes(kibibytes(free)) + " free of " + gigabytes(kibibytes(all))));
  }

  private static long kibibytes(String value) {
    return 1024 * Long.parseLong(value.replaceAll("\\D", ""));
  }

  static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }

  /** The value of a "key : value" line in a file of Linux; empty on other systems. */
  static Optional<String> procLine(String file, String key) {
    Path path = Path.of(file);
    if (!Files.isReadable(path)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(path)) {
      return lines.filter(line -> line.matches(key + "\\s*:.*"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static void libtorch(PrintWriter out, NativeReport natives) {
    row(out, "libtorch", natives.version() + " for " + natives.platform() + (natives.failure() != null ? ""
        : ", kernels for " + natives.cpuCapability() + ", " + natives.threads() + " threads"));
    row(out, "  natives", natives.cpuNatives() && natives.cudaNatives() ? "CPU and CUDA builds"
        : natives.cudaNatives() ? "CUDA build" : natives.cpuNatives() ? "CPU build" : "none on the class path");
    if (natives.failure() != null) {
      row(out, "  problem", natives.failure());
    }
  }

  private static void cuda(PrintWriter out, NativeReport natives) {
    List<CudaLibrary> missing = natives.cudaLibraries().stream().filter(library -> library.origin() == null).toList();
    String verdict;
    if (natives.cudaDevices() > 0) {
      verdict = "usable: " + natives.cudaDevices() + (natives.cudaDevices() == 1 ? " device" : " devices");
    } else if (!natives.cudaNatives()) {
      verdict = "not usable: the CUDA build of libtorch is not on the class path (build with -Pgpu, or depend on "
          + "org.bytedeco:pytorch-platform-gpu and org.bytedeco:cuda-platform-redist)"
          + (missing.isEmpty() ? "" : "; other missing libraries are listed below");
    } else if (!missing.isEmpty()) {
      verdict = "not usable: missing " + missing.stream().map(CudaLibrary::name).collect(Collectors.joining(", "));
    } else {
      verdict = "not usable: every library is present, but no device was found (is there an NVIDIA GPU and a driver "
          + "for CUDA 13?)";
    }
    row(out, "CUDA", verdict);
    for (CudaLibrary library : natives.cudaLibraries()) {
      row(out, "  " + library.name(), library.file() + ": " + (library.origin() == null
          ? "missing (" + remedy(library) + ")" : "from " + library.origin()));
    }
    if (natives.cudaLibraries().isEmpty()) {
      row(out, "  libraries", "not searched for on " + natives.platform());
    }
  }

  private static String remedy(CudaLibrary library) {
    return switch (library.name()) {
      case "driver" -> "install NVIDIA's driver";
      case "cudart", "cuFFT", "cuRAND", "NVRTC" -> "in org.bytedeco:cuda-redist, or install CUDA 13";
      case "cuDNN" -> "install cuDNN 9 for CUDA 13";
      case "NCCL" -> "install NCCL 2 for CUDA 13";
      default -> "install CUDA 13";
    };
  }

  private void model(PrintWriter out, Path path) {
    row(out, "Model", path.toString());
    out.flush();
    long start = System.nanoTime();
    try (GillModel model = modelOptions.load(path)) {
      Capabilities can = model.capabilities();
      row(out, "  loaded in", String.format(Locale.ROOT, "%.2f s", (System.nanoTime() - start) / 1e9));
      row(out, "  can", Stream.of(
              "answer",
              can.reads() ? "read images" : "",
              can.retrieves() ? "retrieve images" : "",
              can.generates() ? "generate images" : "",
              can.decides() ? "decide between the two" : "")
          .filter(text -> !text.isEmpty())
          .collect(Collectors.joining(", ")));
      can.notes().forEach(note -> row(out, "  note", note));
    } catch (GillException e) {
      out.flush();
      throw e;
    }
  }
}
