package io.gill.examples.evaluate;

import io.gill.Conversation.Content;
import io.gill.evaluation.SeedBench;
import io.gill.examples.evaluate.Item.Choice;
import io.gill.examples.evaluate.Item.Shown;
import io.gill.examples.evaluate.Scores.Scored;
import io.gill.image.Images;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The questions of SEED-Bench about pictures; questions about videos are left out. */
final class ChoiceBenchmark implements Benchmark {
  private static final String FOLDER = "SEED-Bench-image/";

  private final List<Item> items;

  ChoiceBenchmark(DataFolder data, Style style) {
    items = SeedBench.questions(data.file("SEED-Bench.json")).stream()
        .filter(question -> question.dataType().equals("image"))
        .map(question -> item(question, data, style)).toList();
  }

  private static Item item(SeedBench.Question question, DataFolder data, Style style) {
    String text = style == Style.PUBLISHED ? "Q: " + question.question() + " A:" : question.question();
    return new Item(question.id(), question.id(), Long.toString(question.type()),
        () -> {
          List<Content> turn = new ArrayList<>();
          question.dataIds().forEach(name -> turn.add(Content.of(Images.read(data.picture(FOLDER + name)))));
          turn.add(Content.of(text));
          return List.of(turn);
        },
        new Choice(question.choices()),
        new Shown(text + options(question.choices()), question.answer(),
            () -> question.dataIds().isEmpty() ? Optional.empty()
                : data.optionalPicture(FOLDER + question.dataIds().get(0))));
  }

  /** Returns the options as lines. */
  static String options(List<String> texts) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < texts.size(); i++) {
      lines.append('\n').append((char) ('A' + i)).append(". ").append(texts.get(i));
    }
    return lines.toString();
  }

  @Override
  public List<Item> items() {
    return items;
  }

  @Override
  public void writeResults(Path folder, Map<String, Outcome> outcomes) {
    Map<String, String> predictions = new LinkedHashMap<>();
    outcomes.forEach((id, outcome) -> predictions.put(id, outcome.answer()));
    SeedBench.writeResults(folder.resolve("results.jsonl"), predictions);
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
