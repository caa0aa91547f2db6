package io.gill.examples.soak;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs cases in another JVM, so that a crash is a row of the table and does not end the soak. */
final class Isolated {
  static final String BEGAN = "@began ";
  static final String PASSED = "@passed ";
  static final String FAILED = "@failed ";

  /** Allowance for starting a JVM and loading natives on a busy machine. */
  private static final Duration START = Duration.ofSeconds(90);

  private final long seed;
  private final Path work;
  private final @Nullable Path corpus;
  private final Map<String, Long> next = new HashMap<>();

  Isolated(long seed, Path work, @Nullable Path corpus) {
    this.seed = seed;
    this.work = work;
    this.corpus = corpus;
  }

  void slice(Tally tally, Duration time) throws IOException, InterruptedException {
    String name = tally.promise().name();
    long first = next.getOrDefault(name, 0L);
    next.put(name, Math.max(first + 1, run(tally, first, time)));
  }

  void one(Tally tally, long number) throws IOException, InterruptedException {
    run(tally, number, Duration.ZERO);
  }

  /** Returns the number after the last case. */
  private long run(Tally tally, long first, Duration time) throws IOException, InterruptedException {
    Promise promise = tally.promise();
    Path folder = work.resolve(promise.name().replace('/', '-') + "-from-" + first);
    Folders.delete(folder);
    Files.createDirectories(folder);
    List<String> arguments = new ArrayList<>(List.of("cases", "--promise", promise.name(), "--seed", "" + seed,
        "--first", "" + first, "--millis", "" + time.toMillis(), "--work", folder.toString()));
    if (corpus != null) {
      arguments.addAll(List.of("--corpus", corpus.toString()));
    }
    long start = System.nanoTime();
    Process process = ChildJvm.start(folder, List.of(promise.jvmOptions()), arguments);
    process.getOutputStream().close();
    ChildJvm.limit(process, time.plus(START).plus(promise.timeLimit().multipliedBy(12)).toMillis());
    long began = first - 1;
    boolean open = false;
    boolean failed = false;
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (@Nullable String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(BEGAN)) {
          began = Long.parseLong(line.substring(BEGAN.length()));
          open = true;
        } else if (line.startsWith(PASSED)) {
          tally.passed();
          open = false;
        } else if (line.startsWith(FAILED)) {
          fail(tally, Math.max(first, began), line.substring(FAILED.length()));
          open = false;
          failed = true;
        }
      }
    }
    int code = process.waitFor();
    if (open || code != 0) {
      fail(tally, Math.max(first, began),
          "the JVM ended with exit code " + code + " (started with case " + first + "): see " + folder);
      failed = true;
    } else if (!failed) {
      failed = leftBehind(tally, began, folder);
    }
    if (!failed) {
      Folders.delete(folder);
    }
    tally.spent(System.nanoTime() - start);
    return began + 1;
  }

  private boolean leftBehind(Tally tally, long number, Path folder) throws IOException {
    try (Stream<Path> files = Files.list(ChildJvm.temporary(folder))) {
      List<Path> left = files.toList();
      if (!left.isEmpty()) {
        fail(tally, number, "a JVM that ended left files in its temporary folder: " + left);
      }
      return !left.isEmpty();
    }
  }

  private void fail(Tally tally, long number, String what) {
    tally.failed(new Tally.Failure(what, Soak.reproduce(tally.promise(), seed, number)));
  }
}
