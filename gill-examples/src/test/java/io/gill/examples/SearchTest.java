package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.smallworld.SmallWorld;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SearchTest {
  @TempDir private Path folder;

  @Test
  void findsAPictureOfTheBundledCollectionByItselfAndByAText() throws IOException {
    Path pictures = folder.resolve("pictures");
    Files.createDirectory(pictures);
    try (Stream<Path> all = Files.list(SmallWorld.directory().resolve("images"))) {
      for (Path file : all.sorted().limit(20).toList()) {
        Files.copy(file, pictures.resolve(file.getFileName()));
      }
    }
    List<String> names;
    try (Stream<Path> all = Files.list(pictures)) {
      names = all.map(file -> file.getFileName().toString()).sorted().toList();
    }
    Files.writeString(pictures.resolve("broken.png"), "none");
    List<String> first = run("--like", pictures.resolve(names.get(3)).toString());
    assertThat(first.get(0)).contains("20 pictures").contains("20 embedded now, 1 unreadable");
    assertThat(first.get(1)).contains("broken.png");
    assertThat(first.get(2)).endsWith("  " + names.get(3));
    List<String> second = run("--k", "2", "a small red circle on a white background");
    assertThat(second.get(0)).contains("0 embedded now");
    assertThat(second).hasSize(4);
  }

  private List<String> run(String... more) {
    StringWriter out = new StringWriter();
    CommandLine line = new CommandLine(new Search()).setOut(new PrintWriter(out));
    List<String> args = Stream.concat(
        Stream.of("--pictures", folder.resolve("pictures").toString(), "--index", folder.resolve("index").toString()),
        Stream.of(more)).toList();
    assertThat(line.execute(args.toArray(String[]::new))).isZero();
    return out.toString().lines().toList();
  }

  @Test
  void theBenchmarkMeasuresBothIndexes() {
    StringWriter out = new StringWriter();
    int code = new CommandLine(new BenchSearch()).setOut(new PrintWriter(out)).execute(
        "--rows", "2000", "--dimension", "16", "--queries", "10", "--threads", "1,2",
        "--folder", folder.resolve("bench").toString());
    assertThat(code).isZero();
    List<String> rows = out.toString().lines().filter(line -> line.startsWith("| exact") || line.startsWith("| Luc"))
        .toList();
    assertThat(rows).hasSize(12);
    assertThat(rows.get(0)).endsWith("| 1.000 |");
  }
}
