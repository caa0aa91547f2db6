package io.gill.examples.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.GillException;
import io.gill.examples.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The scored items of a run as a file, for comparisons.
 *
 * @param benchmark name of the benchmark
 * @param measure what the scores are
 * @param settings the run's settings and what computed its scores, by name
 * @param items the items
 */
record RunItems(String benchmark, String measure, Map<String, String> settings, List<Line> items) {
  private static final String NAME = "items.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  RunItems {
    Objects.requireNonNull(benchmark, "benchmark");
    Objects.requireNonNull(measure, "measure");
    settings = new LinkedHashMap<>(settings);
    items = List.copyOf(items);
  }

  /**
   * A scored item.
   *
   * @param id id of the item
   * @param category its category
   * @param question what the model read, as text
   * @param expected a correct answer, or empty
   * @param shown path of the picture that was asked about or wanted, or empty
   * @param answer the model's text
   * @param picture path of the model's picture in the run's folder, or empty
   * @param score the score; higher is better
   */
  record Line(String id, String category, String question, String expected, String shown, String answer,
      String picture, double score) {
    // A file without one of them fails here.
    Line {
      for (String text : Arrays.asList(id, category, question, expected, shown, answer, picture)) {
        Objects.requireNonNull(text);
      }
    }
  }

  static RunItems of(Kind kind, Map<String, String> settings, Scores scores) {
    return new RunItems(kind.toString(), scores.measure(), settings, scores.items().stream()
        .map(one -> new Line(one.item().id(), one.item().category(), one.item().shown().question(),
            one.item().shown().expected(),
            one.item().shown().picture().get().map(path -> path.toAbsolutePath().toString()).orElse(""),
            one.outcome().answer(), one.outcome().picture(), one.score()))
        .toList());
  }

  void write(Path folder) {
    try {
      Output.text(folder.resolve(NAME), JSON.writeValueAsString(this) + "\n");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  static RunItems read(Path folder) {
    Path file = folder.resolve(NAME);
    if (!Files.isRegularFile(file)) {
      throw new GillException(folder + " has no " + NAME + ": it is not the output of a finished evaluation");
    }
    try {
      return JSON.readValue(file.toFile(), RunItems.class);
    } catch (JsonProcessingException e) {
      throw new GillException(file + " is damaged: repeat the evaluation", e);
    } catch (IOException e) {
      throw new GillException(file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
