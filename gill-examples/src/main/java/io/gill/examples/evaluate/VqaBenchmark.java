package io.gill.examples.evaluate;

import io.gill.Conversation.Content;
import io.gill.GillException;
import io.gill.RespondOptions.TextCut;
import io.gill.evaluation.VqaAccuracy;
import io.gill.evaluation.VqaV2;
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

/** VQAv2. Without annotations, as for its test split, answers are written and not scored. */
final class VqaBenchmark implements ResultFileBenchmark {
  private final String split;
  private final Map<String, VqaV2.Annotation> annotations;
  private final List<Item> items;

  VqaBenchmark(DataFolder data, String split, Style style) {
    this.split = split;
    String annotated = "v2_mscoco_" + split + "_annotations.json";
    annotations = data.optionalFile(annotated).map(VqaV2::annotations).orElse(List.of()).stream()
        .collect(Collectors.toMap(annotation -> Long.toString(annotation.questionId()), annotation -> annotation));
    String asked = "v2_OpenEnded_mscoco_" + split + "_questions.json";
    items = VqaV2.questions(data.file(asked)).stream().map(question -> item(question, data, style)).toList();
    if (!annotations.isEmpty() && items.stream().noneMatch(item -> annotations.containsKey(item.id()))) {
      throw new GillException(data.file(annotated) + " annotates none of the questions of " + asked
          + ": check that both are of the same split");
    }
  }

  private Item item(VqaV2.Question question, DataFolder data, Style style) {
    String id = Long.toString(question.id());
    String pictures = split.replace("test-dev", "test"); // a part of the test split, with its pictures
    String picture = pictures + "/" + question.fileName(pictures);
    VqaV2.Annotation annotation = annotations.get(id);
    String text = style == Style.PUBLISHED ? question.prompt() : question.question();
    return new Item(id, id, annotation == null ? "" : annotation.answerType(),
        () -> List.of(List.of(Content.of(BenchmarkPictures.read(data.picture(picture))), Content.of(text))),
        new AnyText(TextCut.LINE),
        new Shown(text, annotation == null ? "" : String.join(", ", annotation.answers()),
            () -> data.optionalPicture(picture)));
  }

  @Override
  public List<Item> items() {
    return items;
  }

  @Override
  public void writeResults(Path folder, Runner.Finished run) {
    Map<Long, String> answers = new LinkedHashMap<>();
    for (Item item : items) {
      Outcome outcome = run.outcomes().get(item.id());
      if (outcome != null || run.skipped().containsKey(item.id())) { // the official scorer requires all questions
        answers.put(Long.valueOf(item.id()), outcome == null ? "" : outcome.answer());
      }
    }
    VqaV2.writeResults(folder.resolve("v2_OpenEnded_mscoco_" + split + "_gill_results.json"), answers);
  }

  @Override
  public String skipped(int skipped) {
    return skipped + " skipped questions have an empty answer in the result file, which the official scorer counts as "
        + "wrong; here they are not scored.";
  }

  @Override
  public Map<String, String> results(Path file) {
    return ResultFileBenchmark.byItem(VqaV2.results(file));
  }

  @Override
  public Scores score(List<Finished> finished, Scoring scoring) {
    List<Scored> scored = new ArrayList<>();
    for (Finished one : finished) {
      Optional.ofNullable(annotations.get(one.item().id())).ifPresent(annotation -> scored.add(new Scored(
          one.item(), one.outcome(),
          VqaAccuracy.score(one.outcome().answer(), Objects.requireNonNull(annotation).answers()))));
    }
    List<String> notes = scored.size() == finished.size() ? List.of()
        : List.of(finished.size() - scored.size() + " questions have no annotation and are not scored.");
    List<Measure> measures = new ArrayList<>(Scores.means("accuracy", scored, scoring.seed()));
    measures.addAll(Scores.means("accuracy by question type", scored,
        item -> Objects.requireNonNull(annotations.get(item.id())).questionType(), scoring.seed()));
    return new Scores("accuracy", scored, measures, notes);
  }
}
