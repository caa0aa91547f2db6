package io.gill.examples.evaluate;

import io.gill.Conversation.Content;
import io.gill.RespondOptions.TextCut;
import io.gill.evaluation.MmBench;
import io.gill.examples.evaluate.Item.AnyText;
import io.gill.examples.evaluate.Item.Shown;
import io.gill.examples.evaluate.Scores.Measure;
import io.gill.examples.evaluate.Scores.Scored;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** MMBench with its circular evaluation. */
final class MmBenchBenchmark implements ResultFileBenchmark {
  private final String split;
  private final Map<String, MmBench.Row> rows = new LinkedHashMap<>();
  private final SpilledPictures pictures = new SpilledPictures();
  private final List<Item> items;

  MmBenchBenchmark(DataFolder data, String split, Style style) {
    this.split = split;
    List<Item> asked = new ArrayList<>();
    MmBench.read(data.file("MMBench_" + split + ".tsv", split + ".tsv"), row -> {
      SpilledPictures.Place picture = pictures.add(row.image());
      MmBench.Row words = withoutPicture(row);
      rows.put(Long.toString(row.index()), words);
      asked.add(item(words, picture, style));
    });
    items = List.copyOf(asked);
  }

  private static MmBench.Row withoutPicture(MmBench.Row row) {
    return new MmBench.Row(row.index(), new byte[0], row.hint(), row.question(), row.options(), row.answer(),
        row.category(), row.l2Category(), row.split());
  }

  private Item item(MmBench.Row row, SpilledPictures.Place picture, Style style) {
    String id = Long.toString(row.index());
    String hint = row.hint().isEmpty() ? "" : row.hint() + " ";
    String text = style == Style.PUBLISHED ? row.prompt() : hint + row.question();
    return new Item(id, Long.toString(row.questionIndex()), row.category(),
        () -> List.of(List.of(Content.of(BenchmarkPictures.read(pictures.read(picture), "the picture of row " + id)),
            Content.of(text))),
        new AnyText(TextCut.LINE),
        new Shown(style == Style.PUBLISHED ? text : text + ChoiceBenchmark.options(row.options()), row.answer(),
            Optional::empty));
  }

  @Override
  public List<Item> items() {
    return items;
  }

  @Override
  public void writeResults(Path folder, Runner.Finished run) {
    MmBench.writeResults(folder.resolve("MMBench_" + split + "_gill.tsv"),
        List.copyOf(rows.values()), Outcome.answers(run.outcomes()));
  }

  @Override
  public Map<String, String> results(Path file) {
    return ResultFileBenchmark.byItem(MmBench.results(file));
  }

  @Override
  public Scores score(List<Finished> finished, Scoring scoring) {
    Map<String, Scored> questions = new LinkedHashMap<>();
    Map<String, Long> unfinished =
        items.stream().collect(Collectors.groupingBy(Item::group, Collectors.counting()));
    finished.forEach(one -> unfinished.merge(one.item().group(), -1L, Long::sum));
    int unnamed = 0;
    int unknown = 0;
    for (Finished one : finished) {
      MmBench.Row row = Objects.requireNonNull(rows.get(one.item().id()));
      Optional<String> choice = MmBench.choice(one.outcome().answer(), row.options());
      unnamed += choice.isEmpty() ? 1 : 0;
      if (row.answer().isEmpty()) {
        unknown++;
        continue;
      }
      double score = choice.filter(row.answer()::equals).isPresent() ? 1 : 0;
      questions.merge(one.item().group(), new Scored(one.item(), one.outcome(), score),
          (first, next) -> first.score() <= next.score() ? first
              : new Scored(first.item(), next.outcome(), next.score()));
    }
    int known = questions.size();
    questions.keySet().removeIf(group -> unfinished.getOrDefault(group, 0L) > 0);
    List<Scored> scored = List.copyOf(questions.values());
    List<String> notes = new ArrayList<>(List.of("A question counts if all rotations of its options are right. "
        + unnamed + " of " + finished.size() + " replies name no option and count as wrong; the official script asks a "
        + "language model about them."));
    if (scored.size() < known) {
      notes.add(known - scored.size() + " questions are not scored: a rotation of their options was skipped.");
    }
    if (unknown > 0) {
      notes.add(unknown + " rows have no answer and are not scored.");
    }
    List<Measure> measures = new ArrayList<>(Scores.means("circular accuracy", scored, scoring.seed()));
    measures.addAll(Scores.means("circular accuracy by l2-category", scored,
        item -> Objects.requireNonNull(rows.get(item.id())).l2Abbreviation(), scoring.seed()));
    return new Scores("circular accuracy", scored, measures, notes);
  }
}
