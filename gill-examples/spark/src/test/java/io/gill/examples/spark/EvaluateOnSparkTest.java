package io.gill.examples.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.examples.Main;
import io.gill.examples.evaluate.Evaluate;
import io.gill.examples.evaluate.WorldBenchmarks;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.Iterator$;

/** Two executor processes. */
class EvaluateOnSparkTest {
  private static final List<String> SETTINGS = List.of("spark.master", "spark.executor.extraClassPath",
      "spark.ui.enabled", "spark.executorEnv.OMP_NUM_THREADS");

  @TempDir private static Path folder;

  @BeforeAll
  static void start() {
    System.setProperty("spark.master", "local-cluster[2,1,1024]");
    System.setProperty("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    System.setProperty("spark.ui.enabled", "false");
    System.setProperty("spark.executorEnv.OMP_NUM_THREADS",
        String.valueOf(Runtime.getRuntime().availableProcessors())); // rounds as this process does
    StringWriter err = new StringWriter();
    int exit = Main.run(new WorldBenchmarks(), new PrintWriter(new StringWriter()), new PrintWriter(err), "--output",
        folder.resolve("world").toString(), "--count", "6");
    assertThat(exit).as(err.toString()).isZero();
  }

  @AfterEach
  void spareExecutors() {
    System.clearProperty("spark.extraListeners");
  }

  @AfterAll
  static void stop() {
    SETTINGS.forEach(System::clearProperty);
  }

  private static List<String> arguments(String benchmark, String output, String... more) {
    List<String> arguments = new ArrayList<>(List.of(benchmark, "--data",
        folder.resolve("world/" + benchmark).toString(), "--output", folder.resolve(output).toString()));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private static void local(List<String> arguments) {
    StringWriter err = new StringWriter();
    int exit = Main.run(new Evaluate(), new PrintWriter(new StringWriter()), new PrintWriter(err),
        arguments.toArray(String[]::new));
    assertThat(exit).as(err.toString()).isZero();
  }

  private static String onSpark(int expected, List<String> arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        EvaluateOnSpark.run(new PrintWriter(out), new PrintWriter(err), arguments.toArray(String[]::new));
    assertThat(exit).as(err.toString()).isEqualTo(expected);
    return out + err.toString();
  }

  /** Returns the content of a run's files by their names; the journal's lines are in the order of finishing. */
  private static Map<String, Object> files(String run) throws IOException {
    Map<String, Object> content = new TreeMap<>();
    Path root = folder.resolve(run);
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = root.relativize(file).toString();
        if (name.endsWith(".png")) {
          content.put(name, Files.readAllBytes(file));
        } else if (name.equals("journal.jsonl")) {
          content.put(name, Files.readAllLines(file).stream().sorted().toList());
        } else { // results may name the run's folder
          content.put(name, Files.readString(file).replace("/" + run + "/", "/run/"));
        }
      }
    }
    return content;
  }

  private static void assertSame(String one, String other) throws IOException {
    assertThat(files(other)).usingRecursiveComparison().isEqualTo(files(one));
  }

  @Test
  void aRunEqualsALocalOneAndAKilledExecutorLosesAndDoublesNothing() throws IOException {
    local(arguments("vqav2", "answers"));
    assertThat(onSpark(0, concat(arguments("vqav2", "answers-spark"), "--partitions", "2")))
        .contains(" in 2 partitions; model loads: ");
    assertSame("answers", "answers-spark");
    onSpark(0, concat(arguments("vqav2", "answers-parallel"), "--partitions", "2", "--parallel", "3"));
    assertThat(files("answers-parallel").keySet()).isEqualTo(files("answers").keySet());

    Files.delete(folder.resolve("world/t2ifmit").resolve(firstPicture()));
    List<String> options = List.of("--context", "0,1", "--steps", "2", "--scenes");
    local(concat(arguments("t2ifmit", "pictures"), options.toArray(String[]::new)));
    System.setProperty("spark.extraListeners", KillsAnExecutor.class.getName());
    KillsAnExecutor.arm(2);
    onSpark(0, concat(concat(arguments("t2ifmit", "pictures-spark"), options.toArray(String[]::new)),
        "--partitions", "6"));
    assertThat(KillsAnExecutor.hasKilled()).isTrue();
    assertThat(files("pictures-spark")).containsKey("skipped.tsv").hasSizeGreaterThan(8);
    assertSame("pictures", "pictures-spark");
    assertThat(onSpark(0, concat(arguments("t2ifmit", "pictures-spark"), options.toArray(String[]::new))))
        .contains(" items in 1 partitions"); // asks only what was skipped
  }

  private static String firstPicture() throws IOException {
    Path data = folder.resolve("world/t2ifmit");
    try (Stream<Path> files = Files.walk(data)) {
      return files.filter(file -> file.toString().endsWith(".png")).map(file -> data.relativize(file).toString())
          .sorted().findFirst().orElseThrow();
    }
  }

  @Test
  void whatFailsIsSaidInOneLineAndFinishedItemsAreKept() {
    assertThat(onSpark(1, concat(arguments("vqav2", "failing"), "--model", folder.resolve("none").toString())))
        .contains("none").hasLineCount(1);
    assertThat(onSpark(2, concat(arguments("vqav2", "failing"), "--partitions", "0")))
        .contains("--partitions must be at least 1");
    assertThat(onSpark(2, List.of("vqav2"))).contains("--output");
  }

  @Test
  void anExecutorWithOtherDataOrAnotherModelIsRefused() {
    List<String> arguments = arguments("vqav2", "refused");
    AtomicReference<Map<String, String>> inputs = new AtomicReference<>(Map.of());
    Evaluate driver = new Evaluate().answeredBy((loaded, ids, receiver) -> {
      inputs.set(loaded);
      throw new GillException("asked nobody");
    });
    assertThat(Main.run(driver, new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()),
        arguments.toArray(String[]::new))).isOne();
    assertThat(inputs.get()).containsOnlyKeys("items", "model files");
    for (String changed : inputs.get().keySet()) {
      Map<String, String> other = new TreeMap<>(inputs.get());
      other.put(changed, "another");
      AnswerItems task = new AnswerItems(arguments, folder, other, new LongAccumulator());
      assertThatThrownBy(() -> task.apply(Iterator$.MODULE$.empty())).isInstanceOf(GillException.class)
          .hasMessageStartingWith("this process has other " + changed + " than the one that started the evaluation ("
              + inputs.get().get(changed) + ", not another): let both see the same files in "
              + folder.resolve("world/vqav2"));
    }
  }

  private static List<String> concat(List<String> arguments, String... more) {
    return Stream.concat(arguments.stream(), Stream.of(more)).toList();
  }
}
