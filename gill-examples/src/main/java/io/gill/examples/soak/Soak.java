package io.gill.examples.soak;

import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Tries to break every promise of the library for a given time and counts the failures. */
@Command(
    name = "soak",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    description = "Tries to break the library's promises: hostile files, full disks, kills, threads, leaks. Give "
        + "the JVM a small heap, such as -Xmx1g, to detect excessive allocation.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:every promise held", "1:a promise was broken, or none was tried", "2:wrong usage"})
public final class Soak implements Callable<Integer> {
  /** The time is divided into rounds; every promise has its share of each round. */
  private static final Duration LONGEST_SHARE = Duration.ofSeconds(4);

  private static final int ROUNDS = 3;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--minutes", paramLabel = "N", description = "Duration; 0 tries a few cases of every promise.")
  private double minutes = 1;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of all random numbers.")
  private long seed = 1;

  @Option(names = "--only", paramLabel = "PATTERN",
      description = "Try the promises whose name contains this regular expression.")
  private @Nullable String only;

  @Option(names = "--case", paramLabel = "N", description = "Try only this case.")
  private @Nullable Long number;

  @Option(names = "--report", paramLabel = "FILE", description = "Also write the table to a Markdown file.")
  private @Nullable Path report;

  @Option(names = "--work", paramLabel = "DIR",
      description = "Folder for files, which keeps those of failed cases; a temporary folder by default.")
  private @Nullable Path work;

  @Option(names = "--corpus", paramLabel = "DIR",
      description = "A folder of additional inputs, in subfolders named after the promises, such as read/png.")
  private @Nullable Path corpus;

  @Option(names = "--list", description = "Print the promises and exit.")
  private boolean list;

  /** Creates the program. */
  public Soak() {}

  static String reproduce(Promise promise, long seed, long number) {
    return "java -Xmx1g -jar gill-examples.jar soak --seed " + seed + " --only '^" + promise.name() + "$' --case "
        + number;
  }

  @Override
  public Integer call() throws Exception {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    PrintWriter out = line.getOut();
    if (!(minutes >= 0)) {
      throw new ParameterException(line, "--minutes must be 0 or more");
    }
    List<Promise> promises = wanted(line);
    if (list) {
      promises.forEach(promise -> out.printf("%-24s %s%n", promise.name(), promise.text()));
      out.flush();
      return CommandLine.ExitCode.OK;
    }
    Path folder = work == null ? Files.createTempDirectory("gill-soak") : Files.createDirectories(work).toRealPath();
    int code = run(promises, folder, out);
    if (work == null && code == CommandLine.ExitCode.OK) {
      Folders.delete(folder);
    }
    return code;
  }

  private int run(List<Promise> promises, Path folder, PrintWriter out) throws Exception {
    List<Tally> tallies = promises.stream().map(Tally::new).toList();
    long start = System.nanoTime();
    try (Harness harness = new Harness(seed, folder, Harness.Observer.NONE)) {
      Isolated isolated = new Isolated(seed, folder, corpus);
      if (number != null) {
        for (Tally tally : tallies) {
          if (tally.promise().isolated()) {
            isolated.one(tally, number);
          } else {
            harness.one(tally, number);
          }
        }
      } else {
        rounds(tallies, harness, isolated, out);
      }
    }
    for (Promise promise : promises) {
      promise.close();
    }
    String machine = String.format(Locale.ROOT, "%.1f minutes, seed %d, Java %s on %s %s, %d processors, heap up to %d "
        + "MB.", (System.nanoTime() - start) / 60e9, seed, System.getProperty("java.version"),
        System.getProperty("os.name"), System.getProperty("os.arch"), Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory() >> 20);
    out.print(Table.text(tallies));
    boolean broken = Table.failures(tallies) > 0;
    if (broken) {
      out.println("Files of failed cases are in " + folder);
    }
    out.flush();
    if (report != null) {
      AtomicFile.write(report, ByteBuffer.wrap(Table.markdown(tallies, machine).getBytes(StandardCharsets.UTF_8)));
    }
    boolean tried = tallies.stream().anyMatch(tally -> tally.cases() > 0);
    return !broken && tried ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }

  private void rounds(List<Tally> tallies, Harness harness, Isolated isolated, PrintWriter out)
      throws IOException, InterruptedException {
    long total = (long) (minutes * 60e9);
    long end = System.nanoTime() + total;
    long shares = tallies.stream().mapToLong(tally -> tally.promise().weight()).sum();
    long share = shares == 0 ? 0 : Math.min(LONGEST_SHARE.toNanos(), total / ROUNDS / shares);
    for (int round = 1; ; round++) {
      for (Tally tally : tallies) {
        long before = tally.failures();
        Duration time = Duration.ofNanos(share * tally.promise().weight());
        if (tally.promise().isolated()) {
          isolated.slice(tally, time);
        } else {
          harness.slice(tally, time);
        }
        if (tally.failures() > before) {
          Tally.Failure failure = tally.described().get(tally.described().size() - 1);
          out.printf("round %d, %s: %,d failures, the last: %s%n  again: %s%n", round, tally.promise().name(),
              tally.failures() - before, failure.what(), failure.reproduce());
        }
        if (round > 1 && System.nanoTime() >= end) { // every promise is tried at least once
          return;
        }
      }
      out.printf(Locale.ROOT, "round %d: %,d cases, %,d failures, %d MB resident%n", round,
          tallies.stream().mapToLong(Tally::cases).sum(), Table.failures(tallies), Held.resident() >> 20);
      out.flush();
      if (System.nanoTime() >= end) {
        return;
      }
    }
  }

  private List<Promise> wanted(CommandLine line) {
    List<Promise> all = Promises.all(corpus);
    if (only == null) {
      return all;
    }
    try {
      Predicate<String> pattern = Pattern.compile(only).asPredicate();
      List<Promise> wanted = all.stream().filter(promise -> pattern.test(promise.name())).toList();
      if (wanted.isEmpty()) {
        throw new ParameterException(line, "--only: no promise matches '" + only + "'; see --list");
      }
      return wanted;
    } catch (PatternSyntaxException e) {
      throw new ParameterException(line, "--only: not a regular expression: " + e.getDescription(), e);
    }
  }
}
