package io.gill.examples;

import io.gill.retrieval.ExactIndex;
import io.gill.retrieval.ImageFilter;
import io.gill.retrieval.ImageIndex;
import io.gill.retrieval.IndexedImage;
import io.gill.retrieval.LuceneIndex;
import io.gill.stage.ImageRetriever.Hit;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Benchmarks image search: latency, throughput and recall, next to the time it takes to read the bytes. */
@Command(
    name = "bench-search",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    description = "Benchmarks search on this machine, over synthetic embeddings in clusters of very different sizes.")
final class BenchSearch implements Callable<Integer> {
  private static final int GROUP = 8192;
  private static final int CLUSTERS = 2000;
  private static final int K = 10;
  private static final int REPEATS = 5;

  /** Unmeasured searches: a graph search takes a tenth longer until the virtual machine has compiled it. */
  private static final int WARM_UP = 5000;

  private static final Duration WARM_UP_AT_MOST = Duration.ofSeconds(5);

  /** Distance of an embedding from its cluster's centre, per √D. */
  private static final double SPREAD = 0.7;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--rows", paramLabel = "N", description = "Number of embeddings.")
  private int rows = 200_000;

  @Option(names = "--dimension", paramLabel = "E", description = "Width of the embeddings.")
  private int dimension = 256;

  @Option(names = "--queries", paramLabel = "N", description = "Searches per measurement.")
  private int queries = 1000;

  @Option(names = "--threads", paramLabel = "N", split = ",", description = "Numbers of concurrent searches.")
  private List<Integer> threads = List.of(1, 2, 8);

  @Option(names = "--lucene", negatable = true, defaultValue = "true", fallbackValue = "true",
      description = "Measure the approximate index as well; building it takes minutes.")
  private boolean lucene = true;

  @Option(names = "--folder", required = true, paramLabel = "DIR", description = "An empty folder for the indexes.")
  private Path folder = Path.of("");

  @Override
  public Integer call() throws Exception {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    if (rows < K || dimension < 1 || queries < 1 || threads.stream().anyMatch(n -> n < 1)) {
      throw new CommandLine.ParameterException(line, "--rows must be at least " + K + ", all other numbers at least 1");
    }
    PrintWriter out = line.getOut();
    List<float[]> asked = new ArrayList<>();
    for (int i = 0; i < queries; i++) {
      asked.add(embedding(-1 - i));
    }
    out.printf(Locale.ROOT, "%,d embeddings of %d, %d queries, k = %d%n%n", rows, dimension, queries, K);
    out.println("| index | built | bytes | opened | threads | p50 | p99 | searches/s | recall@10 |");
    out.println("|:--|--:|--:|--:|--:|--:|--:|--:|--:|");
    List<Set<String>> truth = new ArrayList<>();
    Path exact = folder.resolve("exact");
    double built = build(ExactIndex.create(exact, dimension, 0));
    measure(out, "exact", exact, built, () -> ExactIndex.open(exact), asked, truth);
    if (lucene) {
      Path approximate = folder.resolve("lucene");
      double took = build(LuceneIndex.create(approximate, dimension, 0));
      for (int candidates : new int[] {80, 100, 200}) {
        measure(out, "Lucene, " + candidates + " candidates", approximate, took,
            () -> LuceneIndex.open(approximate, candidates), asked, truth);
      }
    }
    out.printf(Locale.ROOT, "%nReading one byte per number, as a search does: %.2f ms on one thread.%n", floor());
    out.flush();
    return CommandLine.ExitCode.OK;
  }

  /** Returns the embedding with this number; cluster sizes follow Zipf's law. */
  private float[] embedding(int number) {
    Random random = new Random(number * 0x9E3779B97F4A7C15L);
    int cluster = (int) Math.pow(CLUSTERS, random.nextDouble());
    Random middle = new Random(cluster * 31L + 7);
    float[] values = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      values[i] = (float) (middle.nextGaussian() + SPREAD * random.nextGaussian());
    }
    return values;
  }

  private double build(ImageIndex index) {
    long start = System.nanoTime();
    try (index) {
      List<IndexedImage> group = new ArrayList<>();
      for (int i = 0; i < rows; i++) {
        group.add(new IndexedImage(Integer.toString(i), "", embedding(i)));
        if (group.size() == GROUP || i == rows - 1) {
          index.add(group);
          group.clear();
        }
      }
    }
    return (System.nanoTime() - start) / 1e9;
  }

  private void measure(PrintWriter out, String name, Path path, double built, Callable<ImageIndex> open,
      List<float[]> asked, List<Set<String>> truth) throws Exception {
    long start = System.nanoTime();
    try (ImageIndex index = open.call()) {
      double opened = (System.nanoTime() - start) / 1e6;
      long warming = System.nanoTime();
      int found = 0;
      for (int i = 0; i < asked.size(); i++) {
        Set<String> ids = new HashSet<>(index.search(asked.get(i), K, Set.of()).stream().map(Hit::id).toList());
        if (truth.size() == i) {
          truth.add(ids);
        }
        ids.retainAll(truth.get(i));
        found += ids.size();
      }
      for (int i = asked.size(); i < WARM_UP && System.nanoTime() - warming < WARM_UP_AT_MOST.toNanos(); i++) {
        index.search(asked.get(i % asked.size()), K, Set.of());
      }
      for (int count : threads) {
        double[] times = new double[asked.size()];
        long began = System.nanoTime();
        search(index, asked, count, times);
        double rate = asked.size() / ((System.nanoTime() - began) / 1e9);
        Arrays.sort(times);
        out.printf(Locale.ROOT, "| %s | %.0f s | %,d | %.0f ms | %d | %.2f ms | %.2f ms | %,.0f | %.3f |%n", name,
            built, bytes(path), opened, count, times[times.length / 2], times[(int) (0.99 * (times.length - 1))], rate,
            (double) found / (K * asked.size()));
        out.flush();
      }
      long began = System.nanoTime();
      index.searchAll(asked, K, ImageFilter.EVERY, Set.of());
      out.printf(Locale.ROOT, "| %s, together | | | | | | | %,.0f | |%n", name,
          asked.size() / ((System.nanoTime() - began) / 1e9));
      out.flush();
    }
  }

  private static void search(ImageIndex index, List<float[]> asked, int count, double[] times) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(count);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int thread = 0; thread < count; thread++) {
        int first = thread;
        running.add(pool.submit(() -> {
          for (int i = first; i < times.length; i += count) {
            long start = System.nanoTime();
            index.search(asked.get(i), K, Set.of());
            times[i] = (System.nanoTime() - start) / 1e6;
          }
        }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static long bytes(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }

  /** Minimum time in which the processor reads as many bytes as the first pass of an exact search. */
  private double floor() {
    long[] numbers = new long[Math.toIntExact((long) rows * dimension / Long.BYTES)];
    double least = Double.MAX_VALUE;
    long sum = 0;
    for (int repeat = 0; repeat < REPEATS + 2; repeat++) {
      long start = System.nanoTime();
      sum += Kernels.sum(numbers, 0, numbers.length);
      double time = (System.nanoTime() - start) / 1e6;
      least = repeat < 2 ? least : Math.min(least, time); // the first repeats trigger compilation
    }
    return sum == 0 ? least : Double.NaN; // always zero; using the sum keeps the JIT from removing it
  }
}
