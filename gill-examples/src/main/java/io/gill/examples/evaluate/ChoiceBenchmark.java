package io.gill.examples.evaluate;

import io.gill.Conversation.Content;
import io.gill.GillException;
import io.gill.evaluation.SeedBench;
import io.gill.examples.evaluate.Item.Choice;
import io.gill.examples.evaluate.Item.Shown;
import io.gill.examples.evaluate.Scores.Scored;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The questions of SEED-Bench, versions 1 and 2, about one or more pictures; others are left out. */
final class ChoiceBenchmark implements ResultFileBenchmark {
  /** The pictures of version 1, those new in version 2, and those of version 1 as version 2 publishes them. */
  private static final List<String> FOLDERS = List.of("SEED-Bench-image", "SEED-Bench-2-image", "cc3m-image");

  private final List<Item> items = new ArrayList<>();
  private final Set<String> videos = new HashSet<>();

  ChoiceBenchmark(DataFolder data, Style style) {
    for (SeedBench.Question question :
        SeedBench.questions(data.file("SEED-Bench.json", "SEED-Bench_v2_level1_2_3.json"))) {
      if (question.isAboutPictures()) {
        items.add(item(question, data, style));
      } else {
        videos.add(question.id());
      }
    }
  }

  private static Item item(SeedBench.Question question, DataFolder data, Style style) {
    String text = style == Style.PUBLISHED ? "Q: " + question.question() + " A:" : question.question();
    return new Item(question.id(), question.id(), Long.toString(question.type()),
        () -> {
          List<Content> turn = new ArrayList<>();
          question.dataIds().forEach(name -> turn.add(Content.of(BenchmarkPictures.read(picture(name, data)))));
          turn.add(Content.of(text));
          return List.of(turn);
        },
        new Choice(question.choices()),
        new Shown(text + options(question.choices()), question.answer(),
            () -> optionalPicture(question.dataIds().get(0), data)));
  }

  private static Path picture(String name, DataFolder data) {
    return optionalPicture(name, data).orElseThrow(() -> new GillException(
        "the picture " + name + " is in none of the folders " + String.join(", ", FOLDERS) + " of " + data.root()));
  }

  private static Optional<Path> optionalPicture(String name, DataFolder data) {
    return FOLDERS.stream().flatMap(folder -> data.optionalPicture(folder + "/" + name).stream()).findFirst();
  }

  /** Returns the options as lines; a letter with an empty text has none. */
  static String options(List<String> texts) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < texts.size(); i++) {
      if (!texts.get(i).isEmpty()) {
        lines.append('\n').append((char) ('A' + i)).append(". ").append(texts.get(i));
      }
    }
    return lines.toString();
  }

  @Override
  public List<Item> items() {
    return items;
  }

  @Override
  public void writeResults(Path folder, Runner.Finished run) {
    Map<String, String> predictions = new LinkedHashMap<>();
    run.outcomes().forEach((id, outcome) -> predictions.put(id, outcome.answer()));
    SeedBench.writeResults(folder.resolve("results.json"), predictions);
  }

  /** Predictions of questions about videos do not count. */
  @Override
  public Map<String, String> results(Path file) {
    Map<String, String> predictions = SeedBench.results(file);
    predictions.keySet().removeAll(videos);
    return predictions;
  }

  @Override
  public Scores score(List<Finished> finished, Scoring scoring) {
    List<Scored> scored = finished.stream()
        .map(one -> new Scored(one.item(), one.outcome(),
            one.outcome().answer().equals(one.item().shown().expected()) ? 1 : 0))
        .toList();
    return new Scores("accuracy", scored, Scores.means("accuracy", scored, scoring.seed()),
        List.of("Chance is 25 %. Categories are the ids of SEED-Bench's question types."));
  }
}
