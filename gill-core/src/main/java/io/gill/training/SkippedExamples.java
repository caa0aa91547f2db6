package io.gill.training;

import io.gill.GillException;
import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Lists skipped examples in a file, each once. A resumed training continues the list. */
final class SkippedExamples {
  private final Path file;
  private final Consumer<SkippedExample> onSkipped;
  private final Set<SkippedExample> all = new LinkedHashSet<>();

  /**
   * Creates an empty list.
   *
   * @param onSkipped receives each new example
   */
  SkippedExamples(Path file, Consumer<SkippedExample> onSkipped) {
    this.file = file;
    this.onSkipped = onSkipped;
  }

  /**
   * Starts the file.
   *
   * @param resumes whether to keep the examples that the earlier run skipped
   * @param known examples that are already skipped; they are not reported again
   */
  void begin(boolean resumes, List<SkippedExample> known) {
    if (resumes) {
      all.addAll(read());
    }
    known.forEach(example -> all.add(inOneLine(example)));
    write(all, true);
  }

  void add(SkippedExample example) {
    SkippedExample one = inOneLine(example);
    if (all.add(one)) {
      write(List.of(one), false);
      onSkipped.accept(one);
    }
  }

  /** Returns all skipped examples, in order. */
  List<SkippedExample> all() {
    return List.copyOf(all);
  }

  /** Returns the error of a training that lacks examples, with the reason of the last one. */
  GillException unusable(String what) {
    SkippedExample last = List.copyOf(all).get(all.size() - 1);
    return new GillException(what + ": " + all.size() + " were skipped, the last (" + last.origin() + ") because "
        + last.reason());
  }

  private static SkippedExample inOneLine(SkippedExample example) {
    return new SkippedExample(example.origin(), example.reason().replaceAll("[\t\r\n]+", " "));
  }

  private List<SkippedExample> read() {
    try {
      return !Files.exists(file) ? List.of() : CompleteLines.read(file).stream()
          .skip(1).map(line -> line.split("\t", 2)).filter(cells -> cells.length == 2)
          .map(cells -> new SkippedExample(cells[0], cells[1])).toList();
    } catch (IOException e) {
      throw new GillException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private void write(Collection<SkippedExample> some, boolean anew) {
    List<String> lines = new ArrayList<>(anew ? List.of("origin\treason") : List.of());
    some.forEach(one -> lines.add(one.origin() + "\t" + one.reason()));
    try {
      if (anew) {
        AtomicFile.write(file, StandardCharsets.UTF_8.encode(String.join("\n", lines) + "\n"));
      } else {
        Files.write(file, lines, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      throw new GillException(file + " could not be written (" + e.getMessage() + "): check the free space", e);
    }
  }
}
