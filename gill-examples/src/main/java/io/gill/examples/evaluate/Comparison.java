package io.gill.examples.evaluate;

import io.gill.GillException;
import io.gill.evaluation.Interval;
import io.gill.examples.Output;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** Two runs of a benchmark, item by item. */
final class Comparison {
  /** Seed of the bootstrap, which needs no choice. */
  private static final long SEED = 42;

  private final Path first;
  private final Path second;
  private final RunItems items;
  private final List<Pair> pairs;

  private Comparison(Path first, Path second, RunItems items, List<Pair> pairs) {
    this.first = first;
    this.second = second;
    this.items = items;
    this.pairs = pairs;
  }

  /**
   * An item of both runs.
   *
   * @param before the first run's
   * @param after the second run's
   */
  record Pair(RunItems.Line before, RunItems.Line after) {
    /** Returns how much better the second run is. */
    double change() {
      return after.score() - before.score();
    }
  }

  /**
   * Reads two runs.
   *
   * @param first the folder of the first run
   * @param second the folder of the second run
   * @return the items that both have scored
   * @throws GillException if a run cannot be read, or they are of different benchmarks, measures or data, or share no
   *     item
   */
  static Comparison of(Path first, Path second) {
    RunItems before = RunItems.read(first);
    RunItems after = RunItems.read(second);
    if (!before.benchmark().equals(after.benchmark()) || !before.measure().equals(after.measure())) {
      throw new GillException(first + " has " + before.measure() + " of " + before.benchmark() + ", " + second + " has "
          + after.measure() + " of " + after.benchmark() + ": compare runs of one benchmark and measure");
    }
    Map<String, RunItems.Line> byId =
        before.items().stream().collect(Collectors.toMap(RunItems.Line::id, line -> line, (a, b) -> a));
    boolean sameStyle = Objects.equals(before.settings().get("style"), after.settings().get("style"));
    List<Pair> pairs = new ArrayList<>();
    for (RunItems.Line line : after.items()) {
      RunItems.Line old = byId.get(line.id());
      if (old != null) {
        // Another style asks the same question in other words.
        if (!old.expected().equals(line.expected()) || (sameStyle && !old.question().equals(line.question()))) {
          throw new GillException("item " + line.id() + " has another question or correct answer in " + first
              + " than in " + second + ": compare runs on the same data");
        }
        pairs.add(new Pair(old, line));
      }
    }
    if (pairs.isEmpty()) {
      throw new GillException(first + " and " + second + " share no scored item");
    }
    return new Comparison(first, second, after, pairs);
  }

  /**
   * Writes {@code comparison.html} and {@code comparison.csv}.
   *
   * @param folder the output folder
   * @param out receives a summary
   */
  void write(Path folder, PrintWriter out) {
    Output.text(folder.resolve("comparison.html"), ComparisonPage.of(this));
    Output.text(folder.resolve("comparison.csv"), csv());
    summary().forEach(out::println);
    out.println(folder.resolve("comparison.html"));
    out.flush();
  }

  Path first() {
    return first;
  }

  Path second() {
    return second;
  }

  String title() {
    return items.benchmark() + ", " + items.measure();
  }

  /** Returns the items on which the second run is better, those with the largest change first. */
  List<Pair> better() {
    return pairs.stream().filter(pair -> pair.change() > 0)
        .sorted(Comparator.comparingDouble(Pair::change).reversed()).toList();
  }

  /** Returns the items on which the second run is worse, those with the largest change first. */
  List<Pair> worse() {
    return pairs.stream().filter(pair -> pair.change() < 0).sorted(Comparator.comparingDouble(Pair::change)).toList();
  }

  /** Returns the result in a few lines. */
  List<String> summary() {
    List<Double> changes = pairs.stream().map(Pair::change).toList();
    Interval interval = Interval.ofMean(changes, SEED);
    return List.of(
        String.format(Locale.ROOT, "%s: %.3f in the first run, %.3f in the second, on %d items of both", title(),
            mean(pairs.stream().map(pair -> pair.before().score()).toList()),
            mean(pairs.stream().map(pair -> pair.after().score()).toList()), pairs.size()),
        String.format(Locale.ROOT, "difference %+.3f, 95 %% interval %+.3f to %+.3f", mean(changes), interval.low(),
            interval.high()),
        String.format(Locale.ROOT, "%d better, %d worse, %d equal", better().size(), worse().size(),
            pairs.size() - better().size() - worse().size()));
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  private String csv() {
    StringBuilder table = new StringBuilder("id,category,first,second,change,first answer,second answer\n");
    for (Pair pair : pairs) {
      table.append(String.join(",", EvaluationReport.quoted(pair.after().id()),
          EvaluationReport.quoted(pair.after().category()), Double.toString(pair.before().score()),
          Double.toString(pair.after().score()), Double.toString(pair.change()),
          EvaluationReport.quoted(pair.before().answer()), EvaluationReport.quoted(pair.after().answer())))
          .append('\n');
    }
    return table.toString();
  }
}
